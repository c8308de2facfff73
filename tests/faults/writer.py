"""A writer: a process with several threads that send commands and note what they were told.

Run as `python -m tests.faults.writer`. It sends each command until it is told what became of it,
under the same key, and ends when asked by SIGTERM, after the commands in hand.
"""

from __future__ import annotations

import argparse
import signal
from itertools import count
from pathlib import Path
from threading import Event, Thread

from application.errors import LedgerUnavailable, WriteConflict
from domain.errors import DomainError
from infrastructure.event_store.ledger import EventSourcedLedger, open_ledger
from infrastructure.postgres.errors import DatabaseUnusable
from tests.faults.commands import Told, accounts_of, command_of
from tests.faults.journal import Journal

NUMBERS_A_THREAD = 100_000
NUMBERS_A_WRITER = 1_000_000
PAUSE_SECONDS = 0.05


def main() -> None:
    """Send commands until asked to stop."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--database", required=True)
    parser.add_argument("--journals", type=Path, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--writer", type=int, required=True, help="counts all that were started")
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--connections", type=int, required=True)
    parser.add_argument("--alone", action="store_true", help="without the append combiner")
    options = parser.parse_args()
    stop = Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    ledger = _opened(options.database, options.connections, stop, combines=not options.alone)
    if ledger is None:
        return
    threads = [
        Thread(target=_write, args=(ledger, options.seed, options.journals, first, stop))
        for first in (
            options.writer * NUMBERS_A_WRITER + thread * NUMBERS_A_THREAD
            for thread in range(options.threads)
        )
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    ledger.close()


def _opened(
    database: str, connections: int, stop: Event, *, combines: bool
) -> EventSourcedLedger | None:
    while not stop.is_set():
        try:
            return open_ledger(database, pool_size=connections, combines=combines)
        except DatabaseUnusable:
            stop.wait(PAUSE_SECONDS)
    return None


def _write(ledger: EventSourcedLedger, seed: int, directory: Path, first: int, stop: Event) -> None:
    journal, accounts = Journal(directory / f"{first}.jsonl"), accounts_of(seed)
    for number in count(first):
        if stop.is_set():
            break
        told = command_of(seed, number, accounts)
        journal.intend(number)
        while not _settled(told, ledger, journal):
            stop.wait(PAUSE_SECONDS)
            if stop.is_set():
                break
    journal.close()


def _settled(told: Told, ledger: EventSourcedLedger, journal: Journal) -> bool:
    try:
        receipt = told.carry_out(ledger)
    except (LedgerUnavailable, WriteConflict):
        return False
    except DomainError as refusal:
        journal.refuse(told.number, refusal.code)
    else:
        journal.acknowledge(told.number, receipt)
    return True


if __name__ == "__main__":
    main()
