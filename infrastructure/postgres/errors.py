"""Why a database cannot be used at all."""

from __future__ import annotations

from psycopg import Error

from domain.errors import DomainError


class DatabaseUnusable(DomainError):
    """The database cannot be reached, or not as this login and role."""

    code = "database-unusable"

    @classmethod
    def because(cls, fault: Error) -> DatabaseUnusable:
        """The refusal with what the server or the client library said; neither says a password."""
        said = " ".join(str(fault).split())
        return cls(
            f"The database cannot be used: {said}. Check DATABASE_URL, the roles that its login is"
            " a member of, and that `dynasty migrate` was run by a login that owns the database.",
        )
