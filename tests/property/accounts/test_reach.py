"""The laws of accounts are about something: generated lives reach every kind of event and rule."""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from domain.accounts.events import RuleViolated
from domain.kernel import Event
from tests.property.accounts import lives, payout_lives
from tests.support import histories

ENDS = {"day_locked", "day_unlocked", "failed", "passed", "limit_approached", "trading_day_closed"}
REPORTS = {"equity_marked", "fill_recorded", "release_noted", "result_recorded", "trade_recorded"}
PAYOUTS = {f"payout_{each}" for each in ("requested", "approved", "rejected", "cancelled", "paid")}
VOIDS = {"fill_voided", "trade_voided"}
CORRECTIONS = {"history_corrected", "verdict_revised", "revision_decided"}
RULES = {
    "max_loss", "daily_loss", "position_limit", "flat_by", "overnight", "weekend", "news",
    "hedging", "minimum_hold", "inactivity", "maximum_trading_days", "open_loss",
}  # fmt: skip
EXAMPLES = 1_200
"""Of which the rarest kind is reached six times, give or take."""


def of_life(told: tuple[Any, list[lives.Move]]) -> Iterable[Event]:
    life = lives.Life(told[0])
    for move in told[1]:
        life.live(move)
    return life.events


def of_payouts(told: tuple[Any, list[payout_lives.Act]]) -> Iterable[Event]:
    return payout_lives.lived(told).events


def of_history(told: histories.History) -> Iterable[Event]:
    life = histories.Life.of(told.pack, account_id=UUID(int=7))
    for step in told.steps:
        life.live(step)
    return life.history()


@pytest.mark.parametrize(
    ("generated", "live", "wanted"),
    [
        (lives.LIVES, of_life, {*ENDS, *REPORTS, *PAYOUTS, *VOIDS, *RULES}),
        (payout_lives.LIVES, of_payouts, {*PAYOUTS, "failed", "max_loss", "result_recorded"}),
        (
            histories.histories(steps_min=4),
            of_history,
            {*ENDS, *REPORTS, *PAYOUTS, *VOIDS, *CORRECTIONS, "pack_changed"},
        ),
    ],
    ids=["lives", "payouts", "histories"],
)
def test_generated_lives_reach(
    generated: st.SearchStrategy[Any], live: Callable[[Any], Iterable[Event]], wanted: set[str]
) -> None:
    """In examples that are the same wherever the same modules are loaded: hypothesis draws on their
    constants.
    """
    reached = Counter[str]()

    @settings(
        max_examples=EXAMPLES, derandomize=True, database=None, deadline=None,
        phases=[Phase.generate], suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(told=generated)
    def walk(told: Any) -> None:
        recorded = list(live(told))
        kinds = {each.TOPIC.removeprefix("account.") for each in recorded}
        rules = {each.rule for each in recorded if isinstance(each, RuleViolated)}
        reached.update(kinds | rules)

    walk()
    assert {each for each in wanted if not reached[each]} == set()
