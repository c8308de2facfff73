"""The account as the read models see it, beside the account that the commands see."""

from collections.abc import Sequence
from datetime import date
from typing import cast
from uuid import UUID

from domain.accounts.events import AccountEvent, AccountOpened
from domain.money import USD
from projections.folding import AccountFold, DayEnd
from tests.support.histories import Life, Step

MONDAY = date(2026, 1, 5)


def living(pack: str, *steps: Step) -> Life:
    life = Life.of(pack, account_id=UUID(int=1))
    for step in steps:
        life.live(step)
    return life


def fold_of(life: Life) -> tuple[AccountFold, Sequence[DayEnd]]:
    first, *rest = life.account.pending_events
    assert isinstance(first, AccountOpened)
    fold, ends = AccountFold(first, position=1), []
    for position, event in enumerate(rest, 2):
        moment = fold.take_in(cast("AccountEvent", event), position=position)
        if moment.day_end:
            ends.append(moment.day_end)
    return fold, ends


WINNING = Step("result", 1, 20, 1)
LOSING = Step("result", 1, -20, 1)
CLOSE = Step("close", 1, 0, 1)


class TestAccountFold:
    def test_holds_the_state_that_the_account_has(self) -> None:
        life = living("static", WINNING, Step("trade", 2, 3, 7), Step("void", 2, 0, 1), CLOSE)
        fold, _ = fold_of(life)
        assert fold.state == life.account.state
        assert (fold.version, fold.position) == (life.account.version, life.account.version)

    def test_counts_what_was_booked_and_not_taken_back(self) -> None:
        life = living(
            "no rules", Step("trade", 1, 3, 7), Step("buy", 1, 3, 7), Step("void", 2, 0, 1)
        )
        fold, _ = fold_of(life)
        assert fold.trades_count == 1

    def test_keeps_the_closest_that_the_account_came_to_its_floor(self) -> None:
        fold, ends = fold_of(living("static", LOSING, WINNING, CLOSE, WINNING, CLOSE))
        assert (fold.closest, fold.closest_day) == (USD.of("1250.00"), MONDAY)
        assert [end.closest for end in ends] == [USD.of("1250.00"), USD.of("1500.00")]

    def test_knows_no_distance_where_there_is_no_floor(self) -> None:
        fold, (end,) = fold_of(living("no rules", LOSING, CLOSE))
        assert (fold.closest, fold.closest_day, end.closest) == (None, None, None)

    def test_gives_a_day_without_events_the_distance_it_began_with(self) -> None:
        _, (_, quiet) = fold_of(living("static", LOSING, CLOSE, CLOSE))
        assert quiet.closest == USD.of("1250.00")

    def test_measures_the_drawdown_from_the_highest_close(self) -> None:
        _, ends = fold_of(living("no rules", WINNING, CLOSE, LOSING, CLOSE))
        assert [end.drawdown for end in ends] == [USD.of("0.00"), USD.of("250.00")]

    def test_counts_violations_by_day(self) -> None:
        forbidden = Step("trade", 2, 1, 1)
        fold, ends = fold_of(living("static", forbidden, forbidden, CLOSE, WINNING, CLOSE))
        assert [end.violations for end in ends] == [2, 0]
        assert fold.violations_count == 2

    def test_a_day_wins_by_the_threshold_of_the_pack(self) -> None:
        small, large = Step("result", 1, 11, 1), Step("result", 1, 12, 1)
        _, ends = fold_of(living("funded", small, CLOSE, large, CLOSE))
        assert [end.winning for end in ends] == [False, True]

    def test_a_day_wins_by_any_profit_where_the_pack_names_no_threshold(self) -> None:
        _, ends = fold_of(living("no rules", WINNING, CLOSE, LOSING, CLOSE, CLOSE))
        assert [end.winning for end in ends] == [True, False, False]
