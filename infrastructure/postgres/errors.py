"""Why a database cannot be used at all."""

from __future__ import annotations

from typing import Final

from psycopg import Error

from domain.errors import DomainError

_DO: Final = (
    (
        "permission denied to set role",
        "GRANT that role to the login of DATABASE_URL; docs/reference/configuration.md says which.",
    ),
    ("Connection refused", "Start the server, or correct host and port in DATABASE_URL."),
    ("could not translate host name", "Correct the host in DATABASE_URL."),
    ("failed to resolve host", "Correct the host in DATABASE_URL."),
    ("authentication failed", "Correct login and password in DATABASE_URL."),
    ("no password supplied", "Give the password in DATABASE_URL."),
)
"""What to do about what the server or the client library says, where it says it in English."""

_ELSE: Final = (
    "Check DATABASE_URL, the roles that its login is a member of, and that `dynasty migrate` was"
    " run by a login that owns the database."
)


class DatabaseUnusable(DomainError):
    """The database cannot be reached, or not as this login and role."""

    code = "database-unusable"

    @classmethod
    def because(cls, fault: Error) -> DatabaseUnusable:
        """The refusal with what the server or the client library said; neither says a password."""
        said = " ".join(str(fault).split())
        end = "" if said.endswith((".", "?", "!")) else "."
        do = next((do for sign, do in _DO if sign in said), _ELSE)
        return cls(f"The database cannot be used: {said}{end} {do}")
