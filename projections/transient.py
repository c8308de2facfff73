"""Which failures pass by themselves, and which are an event's own fault."""

from __future__ import annotations

from typing import Final

from psycopg import DataError, Error, IntegrityError, InterfaceError, OperationalError
from psycopg.errors import (
    IdleInTransactionSessionTimeout,
    ProgramLimitExceeded,
    RaiseException,
    ReadOnlySqlTransaction,
)

from application.archiving.errors import ArchiveDamaged, ArchiveStoreRefused
from application.errors import LedgerUnavailable

TRANSIENT: Final = (
    OperationalError, InterfaceError, LedgerUnavailable, ReadOnlySqlTransaction,
    IdleInTransactionSessionTimeout,
)  # fmt: skip
"""A lost connection, a lock waited for too long, a deadlock, a server that is starting, or that is
the writer no more after a failover.
"""

_OF_THE_EVENT: Final = (DataError, IntegrityError, ProgramLimitExceeded, RaiseException)
"""The last is what a trigger raises that will not have a row."""

_OF_THE_MACHINE: Final = (OSError, MemoryError, ArchiveStoreRefused, ArchiveDamaged)


def is_of_the_event(error: BaseException) -> bool:
    """Whether a failure can be laid at the door of an event: then its account may be parked.

    What a server refuses for want of a right, a table or a writable disk is no event's fault, and
    neither is a machine without memory, or an archive that does not give an account's old events.
    """
    if isinstance(error, Error):
        return isinstance(error, _OF_THE_EVENT)
    return not isinstance(error, (*_OF_THE_MACHINE, LedgerUnavailable))
