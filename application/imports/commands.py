"""What can be asked of a file that was read."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from application.imports.reading import Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportTrades:
    """Book every good row on one account.

    `at` is now: nothing later is taken, and the last day is closed only if its session is over by
    then. `strict` books nothing at all when any row is bad or refused; `dry_run` never writes.
    """

    account_id: UUID
    reading: Reading
    at: datetime
    strict: bool = False
    close_days: bool = True
    dry_run: bool = False
