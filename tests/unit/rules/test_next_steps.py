"""What is missing, in words."""

from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from domain.market.calendar import session_close
from domain.money import USD
from domain.rules.limits import LimitUnit, LimitUse, binding_across, binding_of
from domain.rules.next_steps import NextStep, Progress, distance_in_words, next_steps
from tests.support.builders import pack_of

TARGET = {"profit_target": "3000.00"}


def steps(
    rules: dict[str, Any], net: str = "0", *, best: str | None = None, days: int = 0, won: int = 0
) -> list[NextStep]:
    progress = Progress(
        net_profit=USD.of(net),
        best_day=None if best is None else USD.of(best),
        trading_days=days,
        winning_days=won,
    )
    return next_steps(pack_of(**rules), progress)


def only(found: list[NextStep]) -> tuple[bool, str]:
    (step,) = found
    return step.reached, step.text


class TestTheTarget:
    @pytest.mark.parametrize(
        ("net", "text"),
        [
            ("2260.00", "740.00 more net profit reaches the target of 3,000.00."),
            ("-1000.5", "4,000.50 more net profit reaches the target of 3,000.00."),
            ("2999.9999", "0.0001 more net profit reaches the target of 3,000.00."),
            ("3000.00", "The target of 3,000.00 is reached."),
        ],
    )
    def test_says_how_much_more(self, net: str, text: str) -> None:
        assert only(steps(TARGET, net)) == (net == "3000.00", text)

    def test_says_why_it_was_raised(self) -> None:
        rules = {**TARGET, "consistency": {"limit": "0.50", "effect": "raise_target"}}
        assert only(steps(rules, "2000", best="1600")) == (
            False,
            (
                "1,200.00 more net profit reaches the target of 3,200.00; the best day of 1,600.00"
                " raised it from 3,000.00."
            ),
        )


class TestTradingDays:
    @pytest.mark.parametrize(
        ("days", "text"),
        [
            (3, "Two more trading days are needed."),
            (4, "One more trading day is needed."),
            (5, "The five trading days are reached."),
            (9, "The five trading days are reached."),
        ],
    )
    def test_are_counted_in_words(self, days: int, text: str) -> None:
        assert only(steps({"minimum_trading_days": 5}, days=days)) == (days >= 5, text)

    def test_are_counted_in_digits_beyond_twelve(self) -> None:
        found = steps({"minimum_trading_days": 30}, days=1)
        assert only(found) == (False, "29 more trading days are needed.")


class TestConsistency:
    RULES = {"consistency": {"limit": "0.40"}}  # noqa: RUF012

    def test_says_how_much_the_whole_must_grow(self) -> None:
        assert only(steps(self.RULES, "1500", best="800")) == (
            False,
            (
                "500.00 more net profit, with no day above 800.00, makes the best day at most 0.4"
                " of the whole."
            ),
        )

    def test_says_when_it_holds(self) -> None:
        assert only(steps(self.RULES, "2000", best="800")) == (
            True, "The best day of 800.00 is at most 0.4 of the net profit.",
        )  # fmt: skip

    def test_has_nothing_to_measure_without_profit(self) -> None:
        assert only(steps(self.RULES, "-5")) == (
            False, "There is no net profit yet by which the best day could be measured.",
        )  # fmt: skip

    def test_promises_nothing_that_profit_cannot_mend(self) -> None:
        rules = {**TARGET, "consistency": {"limit": "0.50", "of": "profit_target"}}
        _, consistency = steps(rules, "2000", best="1501")
        assert consistency.text == (
            "The best day of 1,501.00 is above 1,500.00, which is 0.5 of the target; more profit"
            " does not change that."
        )


class TestWinningDays:
    RULES = {"payout": {"winning_days": {"threshold": "150.00", "required": 5}}}  # noqa: RUF012

    @pytest.mark.parametrize(
        ("won", "text"),
        [
            (3, "Two more winning days of at least 150.00 are needed for a payout."),
            (4, "One more winning day of at least 150.00 is needed for a payout."),
            (6, "The five winning days are reached."),
        ],
    )
    def test_until_a_payout_are_counted(self, won: int, text: str) -> None:
        assert only(steps(self.RULES, won=won)) == (won >= 5, text)

    def test_are_no_objective_where_they_are_waived(self) -> None:
        payout = {**self.RULES["payout"], "day_profit": "500.00"}
        assert steps({"payout": payout}) == []


def test_a_pack_without_objectives_asks_for_nothing() -> None:
    assert steps({}) == []


def use_of(
    left: USD | int, unit: LimitUnit = "USD", subject: str | None = None, **facts: Any
) -> LimitUse:
    limit = USD.of("48000") if isinstance(left, USD) else 20
    told = {"rule": "r", "used": Fraction(0), **facts}
    return LimitUse(
        unit=unit, observed=limit, limit=limit, left=left, subject=subject, **told,
    )  # fmt: skip


def idle(left: int) -> LimitUse:
    """Days that end with the session of Monday, 9 March."""
    deadline = session_close(date(2026, 3, 9))
    return use_of(left, unit="days", rule="inactivity", since=date(2026, 3, 2), deadline=deadline)


@pytest.mark.parametrize(
    ("use", "text"),
    [
        (use_of(USD.of("1750.5")), "1,750.50 is left above the floor of 48,000.00."),
        (use_of(USD(0)), "Nothing is left above the floor of 48,000.00."),
        (use_of(1, unit="contracts", subject="ES"), "One more contract of ES may be open at once."),
        (use_of(0, unit="contracts", subject="ES"), "No more contracts of ES may be open at once."),
        (use_of(13, unit="units", subject="all"), "13 more units may be open at once."),
        (use_of(3, unit="days"), "Three days are left."),
        (use_of(1, unit="days"), "One day is left."),
        (use_of(2, unit="days", rule="maximum_trading_days"), "Two more days may be traded."),
        (use_of(USD.of("740"), rule="open_loss"), "740.00 more may be lost while it is open."),
        (use_of(USD(0), rule="open_loss"), "Nothing more may be lost while it is open."),
        (
            use_of(USD.of("500"), rule="month_cap"),
            "500.00 more of the 48,000.00 for this month may be withdrawn.",
        ),
        (use_of(1, unit="requests"), "One more request for a payout may be made this month."),
        (idle(3), "Trade within three more days from 2026-03-06 on, by the close of 2026-03-09."),
        (idle(1), "Trade within one more day from 2026-03-08 on, by the close of 2026-03-09."),
        (idle(0), "Trade before the close of 2026-03-09: no further day is left."),
    ],
)
def test_a_distance_is_a_sentence(use: LimitUse, text: str) -> None:
    assert distance_in_words(use) == text


def test_limits_of_another_unit_bind_apart() -> None:
    money, days = use_of(USD(1)), use_of(3, unit="days")
    assert binding_of([days, money]) is money
    assert binding_of([days, money], unit="days") is days
    assert binding_of([days]) is None


def test_across_units_the_one_binds_of_which_the_largest_share_is_used() -> None:
    most = use_of(USD(9), used=Fraction(3, 10))
    least = use_of(USD(5), used=Fraction(1, 10))
    days = use_of(3, unit="days", used=Fraction(1, 4))
    full = use_of(0, unit="units", used=Fraction(1), warns=False)
    assert binding_across([most, least, days, full]) is least
    nearer = use_of(3, unit="days", used=Fraction(1, 3))
    assert binding_across([most, least, nearer, full]) is nearer
    assert binding_across([full]) is None
