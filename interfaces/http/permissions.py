"""Who may do what: one table for the whole API.

Every operation stands here by its name; an operation that does not is refused to all.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, TypeAlias

Role: TypeAlias = Literal["trader", "support", "admin", "compliance"]

STAFF: Final[frozenset[Role]] = frozenset({"support", "admin", "compliance"})
EVERYONE: Final[frozenset[Role]] = STAFF | {"trader"}
ADMIN: Final[frozenset[Role]] = frozenset({"admin"})

# A trader is let through to accounts here and to nothing but its own accounts by each query.
PERMISSIONS: Final[Mapping[str, frozenset[Role]]] = {
    "list_accounts": EVERYONE,
    "get_account": EVERYONE,
    "list_trades": EVERYONE,
    "list_days": EVERYONE,
    "list_snapshots": EVERYONE,
    "list_violations": EVERYONE,
    "get_violation": EVERYONE,
    "list_account_audit": EVERYONE,
    "list_audit": STAFF,
    "list_event_types": EVERYONE,
    "get_event_type": EVERYONE,
    "open_account": ADMIN,
    "record_trade": ADMIN,
    "record_fill": ADMIN,
    "mark_equity": ADMIN,
    "close_day": ADMIN,
    "void_execution": ADMIN,
    "correct_trade": ADMIN,
    "correct_fill": ADMIN,
    "decide_revision": ADMIN,
    "list_restatements": EVERYONE,
    "list_account_revisions": EVERYONE,
    "list_revisions": STAFF,
}
