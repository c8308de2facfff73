"""From a file that was read to trades in the log."""

from collections.abc import Callable
from dataclasses import replace

from application.context import acting, current_context
from application.imports.booking import Booking
from application.imports.commands import ImportTrades
from application.imports.outcome import ImportOutcome
from application.ledger import Ledger
from application.log import Log


def import_trades(
    command: ImportTrades,
    ledger: Ledger,
    log: Log,
    *,
    told: Callable[[int], None] = lambda _: None,
) -> ImportOutcome:
    """Book all good rows, oldest first; `told` hears how many are done.

    Trade ids are the keys, so a context's own key is left out: there are many appends. A strict
    import is rehearsed first, and written only if that finds no row bad. Refuses with
    StreamNotFound, WriteConflict or LedgerUnavailable.
    """
    with acting(replace(current_context(), idempotency=None)):
        if command.strict:
            rehearsed = Booking(command, ledger, log, writes=False).carry(lambda _: None)
            if command.reading.faults or rehearsed.refused:
                return rehearsed.withheld()
        return Booking(command, ledger, log, writes=not command.dry_run).carry(told)
