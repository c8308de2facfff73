"""Histories of generated lives, as the log would give them."""

from collections.abc import Sequence
from typing import Any, cast
from uuid import UUID

from application.whatif.answering import answer
from application.whatif.answers import Answer
from application.whatif.histories import AccountHistory
from application.whatif.in_time import in_time
from application.whatif.questions import Question
from domain.accounts.account import TradingAccount
from domain.accounts.events import AccountEvent
from tests.support.builders import ACCOUNT, OPENED, TRADER, Command, pack_of
from tests.support.histories import History, Life

NUMBER = 7


def recorded(history: History, *, number: int = NUMBER) -> list[AccountEvent]:
    """Every event of a life, as it stands when every report came in time."""
    life = Life.of(history.pack, account_id=UUID(int=number))
    for step in history.steps:
        life.live(step)
    events = cast("list[AccountEvent]", list(life.account.collect_events()))
    return list(in_time(in_the_log(events)).events)


def in_the_log(events: Sequence[AccountEvent]) -> AccountHistory:
    """The history of a log that holds nothing else."""
    return AccountHistory(events[0].originator_id, events, list(range(1, len(events) + 1)))


def answered(events: Sequence[AccountEvent], question: Question) -> Answer:
    """The answer, where there must be one."""
    found = answer(in_the_log(events), question)
    assert found is not None
    return found


def history_of(*commands: Command, **rules: Any) -> list[AccountEvent]:
    """The events of an account under these rules that was told these things, its opening first."""
    account = TradingAccount.open(
        account_id=ACCOUNT, trader_id=TRADER, plan="test", pack=pack_of(**rules), at=OPENED
    )
    for command in commands:
        command(account)
    return cast("list[AccountEvent]", list(account.collect_events()))
