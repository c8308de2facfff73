"""An export under strain: many events, and a kill in the middle."""

import os
import signal
import subprocess
import sys
import tracemalloc
from pathlib import Path
from uuid import UUID

import pytest

from application.exports.verifying import NothingToVerify, verify
from application.log import Log, LogSelection
from domain.accounts.account import TradingAccount
from domain.money import USD
from infrastructure.event_store.ledger import open_ledger
from infrastructure.event_store.log import open_log
from tests.support.histories import BEGINNING, PACKS
from tests.support.postgres import Database
from tests.unit.exports.memory import exported

ROOT = Path(__file__).parents[3]
FEW, MANY = 2_000, 40_000
KILLED_AFTER = 1_500

KILLED = f"""
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from application.exports.exporting import ExportRequest, export_events
from application.log import LogSelection
from infrastructure.event_store.log import open_log

def report(recorded):
    if recorded.ledger_seq == {KILLED_AFTER}:
        os.kill(os.getpid(), signal.SIGKILL)

request = ExportRequest(
    selection=LogSelection(), created_at=datetime.now(UTC), created_by="t", events_per_file=500
)
export_events(open_log(sys.argv[1]), request, Path(sys.argv[2]), report=report)
"""


@pytest.fixture(scope="module")
def full(module_database: Database) -> Database:
    """Accounts whose every mark is a new high, until there are many events."""
    ledger = open_ledger(module_database.url, pool_size=1)
    for number in range(MANY // FEW):
        account = TradingAccount.open(
            account_id=UUID(int=number + 1),
            trader_id=UUID(int=1),
            plan="no rules",
            pack=PACKS["no rules"],
            at=BEGINNING,
        )
        for units in range(1, FEW):
            account.mark_equity(open_pnl=USD(units), at=BEGINNING)
        ledger.save(account)
    ledger.close()
    return module_database


def peak_of(log: Log, directory: Path, selection: LogSelection) -> tuple[int, int]:
    """How many events, and the most memory that exporting and verifying them held."""
    tracemalloc.start()
    try:
        made = exported(log, directory, selection)
        assert verify(directory).faults == ()
        return made.manifest["events"], tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_does_not_grow_with_the_number_of_events(full: Database, tmp_path: Path) -> None:
    log = open_log(full.url)
    few = LogSelection(stream_id=UUID(int=1))
    exported(log, tmp_path / "warm", few)
    events_few, peak_few = peak_of(log, tmp_path / "few", few)
    events_many, peak_many = peak_of(log, tmp_path / "many", LogSelection())
    log.close()
    assert (events_few, events_many) == (FEW, MANY)
    assert peak_many < 1.5 * peak_few


def test_a_killed_export_leaves_nothing_that_looks_whole(full: Database, tmp_path: Path) -> None:
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, full.url, str(tmp_path / "x")],
        cwd=ROOT,
        env=os.environ,
        check=False,
        timeout=120,
    )
    assert killed.returncode == -signal.SIGKILL
    assert not (tmp_path / "x").exists()
    (partial,) = tmp_path.iterdir()
    assert (partial / "events-00000003.jsonl").exists()
    with pytest.raises(NothingToVerify):
        verify(partial)
    log = open_log(full.url)
    exported(log, tmp_path / "x", LogSelection(stream_id=UUID(int=1)))
    log.close()
    assert verify(tmp_path / "x").faults == ()
