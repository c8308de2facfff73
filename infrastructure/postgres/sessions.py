"""How a session with PostgreSQL begins: its role, its limits, its promises.

Everything travels in the connection string, so that no statement is spent on it.
"""

from collections.abc import Mapping
from typing import Final, Literal, TypeAlias

from psycopg.conninfo import conninfo_to_dict, make_conninfo

Role: TypeAlias = Literal[
    "dynasty_owner",
    "dynasty_writer",
    "dynasty_projector",
    "dynasty_reader",
    "dynasty_engine",
    "dynasty_worker",
    "dynasty_keeper",
]

# A caller's own options come after these and win.
LIMITS: Final = {
    "lock_timeout": "5s",
    "statement_timeout": "30s",
    "idle_in_transaction_session_timeout": "10s",
}
# These come last: a ledger that may lose a commit, or misread one, is none.
PROMISES: Final = {
    "synchronous_commit": "on",
    "default_transaction_isolation": r"read\ committed",
    "timezone": "UTC",
    "client_encoding": "UTF8",  # What is sent as bytes is that.
}
# A dead peer is noticed within half a minute, whichever way the packets vanish.
NETWORK: Final = {
    "connect_timeout": "5",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "25000",
}


def session_conninfo(
    conninfo: str,
    *,
    role: Role | None,
    application: str,
    limits: Mapping[str, str] = LIMITS,
) -> str:
    """Add role, limits and promises to a libpq URL or keyword string, and keep what it says."""
    asked = {name: str(value) for name, value in conninfo_to_dict(conninfo).items()}
    promises = PROMISES | ({"role": role} if role else {})
    options = " ".join(filter(None, (_flags(limits), asked.pop("options", ""), _flags(promises))))
    defaults = {**NETWORK, "application_name": application}
    return make_conninfo("", **{**defaults, **asked}, options=options)


def _flags(settings: Mapping[str, str]) -> str:
    return " ".join(f"-c {name}={value}" for name, value in settings.items())
