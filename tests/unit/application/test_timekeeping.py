"""What time alone ended is kept, though what was asked for is refused."""

from typing import Any

import pytest

from application.accounts.commands import OpenAccount, RecordFill
from application.accounts.handlers import open_account, record_fill
from application.context import CommandContext, IdempotencyKey, acting
from application.pipeline import carry_out, fingerprint_of
from domain.accounts.errors import AccountEnded
from domain.accounts.events import AccountFailed, RuleViolated
from tests.support.builders import ACCOUNT, OPENED, TRADER, a_fill, moment, pack_of
from tests.unit.application.memory import MemoryLedger

RULES: dict[str, Any] = {"session": {"flat_by": "15:10"}}
LATE = RecordFill(account_id=ACCOUNT, fill=a_fill("2", "sell", clock="15:11"))
KEY = IdempotencyKey(scope="tests", key="k-1", fingerprint=fingerprint_of(LATE))


@pytest.fixture
def ledger() -> MemoryLedger:
    """A ledger with one account that holds a position."""
    ledger = MemoryLedger()
    command = OpenAccount(
        account_id=ACCOUNT, trader_id=TRADER, plan="p", pack=pack_of(**RULES), at=OPENED
    )
    open_account(command, ledger)
    record_fill(RecordFill(account_id=ACCOUNT, fill=a_fill("1")), ledger)
    return ledger


def test_the_verdict_is_in_the_log_and_the_fill_is_not(ledger: MemoryLedger) -> None:
    with pytest.raises(AccountEnded, match="flat_by"):
        record_fill(LATE, ledger)
    violated, failed = ledger.streams[ACCOUNT][2:]
    assert isinstance(violated, RuleViolated)
    assert isinstance(failed, AccountFailed)
    assert violated.effective_at == failed.effective_at == moment(clock="15:10")


def test_the_same_request_again_is_refused_again_and_changes_nothing(
    ledger: MemoryLedger,
) -> None:
    with acting(CommandContext(actor="tests", idempotency=KEY)):
        for _ in range(2):
            with pytest.raises(AccountEnded):
                carry_out(record_fill, LATE, ledger)
    assert len(ledger.streams[ACCOUNT]) == 4
    assert ledger.receipts == {}


def test_a_race_that_is_lost_on_the_way_is_run_again(ledger: MemoryLedger) -> None:
    ledger.races = ledger.saves + 1
    with pytest.raises(AccountEnded):
        carry_out(record_fill, LATE, ledger)
    assert len(ledger.streams[ACCOUNT]) == 4
