"""What read models show after the past turned out to be another one."""

from collections.abc import Callable
from uuid import UUID

import pytest

from application.accounts.commands import CorrectExecution, RecordTrade
from application.accounts.handlers import correct_execution, record_trade
from domain.accounts.account import TradingAccount
from tests.integration.projections.projecting import Projecting
from tests.support.builders import MONDAY, TUESDAY, a_trade, moment, pack_of

ACCOUNT = UUID(int=5)
FORBIDS_TWO = pack_of(position_limits={"per_symbol": {"MES": 1}, "others": "forbidden"})


def traded(at_work: Projecting) -> None:
    """Two trades on Monday, the first of which breaks a rule."""
    account = TradingAccount.open(
        account_id=ACCOUNT,
        trader_id=UUID(int=7),
        plan="test",
        pack=FORBIDS_TWO,
        at=moment(MONDAY, "09:00"),
    )
    at_work.ledger.save(account)
    for trade in (
        a_trade("t-1", "5", quantity=2),
        a_trade("t-2", "5", entered="11:00", exited="11:05"),
    ):
        record_trade(RecordTrade(account_id=ACCOUNT, trade=trade), at_work.ledger)


def moved_to_tuesday(at_work: Projecting) -> None:
    """The second trade was Tuesday's, so that Monday was over before it."""
    corrected = a_trade("t-2", "5", day=TUESDAY)
    command = CorrectExecution(account_id=ACCOUNT, corrected=corrected, reason="wrong day")
    correct_execution(command, at_work.ledger)


@pytest.mark.parametrize("between", [Projecting.catch_up, lambda _: None], ids=["live", "at once"])
def test_a_day_that_a_correction_closes_keeps_its_violations(
    at_work: Projecting, between: Callable[[Projecting], object]
) -> None:
    traded(at_work)
    between(at_work)
    moved_to_tuesday(at_work)
    at_work.catch_up()
    days = at_work.rows("trading_days", order="trading_day")
    assert [(each["trading_day"], each["status"], each["violations"]) for each in days] == [
        (MONDAY, "closed", 1),
        (TUESDAY, "open", 0),
    ]
    assert at_work.differences() == []
