"""Which failures pass by themselves."""

from typing import Final

from psycopg import InterfaceError, OperationalError

from application.errors import LedgerUnavailable

TRANSIENT: Final = (OperationalError, InterfaceError, LedgerUnavailable)
"""A lost connection, a lock waited for too long, a deadlock, a server that is starting."""
