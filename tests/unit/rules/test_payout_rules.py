"""Each rule of payouts: what its row says, what it does to the maximum, and what is missing."""

from dataclasses import replace
from typing import Any, ClassVar

import pytest

from domain.documents import Place
from domain.money import USD
from domain.rules.payout_facts import PayoutFacts
from domain.rules.payouts import PayoutAnswer, answer_approval, answer_payout
from domain.rules.reading_payouts import read_payout

READY = PayoutFacts(
    phase="funded", active=True, profit=USD.of("4000"), open_contracts=0, winning_days=5,
    trading_days=5, profit_since=USD.of("4000"), best_day_since=USD.of("1000"),
    day_profit=USD.of("500"), month_count=0, month_total=USD(0), pending=USD(0), paid_count=0,
    paid_out=USD(0),
)  # fmt: skip
Row = tuple[str, str, str, bool]


def asked(amount: str, rule: dict[str, Any], **facts: Any) -> PayoutAnswer:
    told: dict[str, Any] = {
        name: USD.of(each) if _is_money(name) else each for name, each in facts.items()
    }
    return answer_payout(read_payout(Place(rule)), replace(READY, **told), USD.of(amount))


def _is_money(name: str) -> bool:
    return name not in {
        "phase", "active", "open_contracts", "winning_days", "trading_days", "month_count",
        "paid_count",
    }  # fmt: skip


def row_of(answer: PayoutAnswer, rule: str) -> Row:
    (found,) = [each for each in answer.table if each.rule == rule]
    return found.current, found.required, found.unit, found.met


@pytest.mark.parametrize(
    ("rule", "facts", "amount", "row", "step"),
    [
        ({}, {"phase": "evaluation"}, "1", ("not_funded", "evaluation", "funded", "phase"),
         "Pass the evaluation; payouts are made from funded accounts"),
        ({}, {"active": False}, "1", ("not_active", "ended", "active", "status"),
         "None; the account has ended"),
        ({}, {"profit": "-5.50"}, "1", ("no_profit", "-5.50", "0.00", "USD"),
         "5.5001 more profit, to stand above the start"),
        ({}, {"profit": "0.005"}, "1", ("no_profit", "0.00", "0.00", "USD"),
         "More profit; nothing can be drawn yet of the profit over the start"),
        ({}, {"open_contracts": 1}, "1", ("open_positions", "1", "0", "contracts"),
         "Close the 1 open contract"),
        ({}, {"pending": "500"}, "1", ("payout_pending", "500.00", "0.00", "USD"),
         "Wait until the pending payout of 500.00 is paid, or cancel it"),
        ({"winning_days": {"threshold": "150.00", "required": 5}}, {"winning_days": 4}, "1",
         ("winning_days", "4", "5", "days"), "1 more winning day of at least 150.00"),
        ({"winning_days": {"threshold": "150.00", "required": 5}}, {"winning_days": 2}, "1",
         ("winning_days", "2", "5", "days"), "3 more winning days of at least 150.00"),
        ({"minimum_trading_days": 8}, {}, "1", ("trading_days", "5", "8", "days"),
         "3 more trading days"),
        ({"day_profit": "500.00"}, {"day_profit": "499"}, "1",
         ("day_profit", "499.00", "500.00", "USD"), "1.00 more profit today"),
        ({"buffer": "4000.00"}, {}, "1", ("buffer", "4000.00", "4000.00", "USD"),
         "0.0001 more profit, to stand above the buffer of 4000.00 that must stay"),
        ({"consistency": {"limit": "0.50"}}, {"best_day_since": "2370"}, "1",
         ("consistency", "0.5925", "0.5", "ratio"),
         "740.00 more profit since the last payout, with no day above 2370.00"),
        ({"consistency": {"limit": "0.50"}}, {"profit_since": "-1", "best_day_since": "-1"}, "1",
         ("consistency", "none", "0.5", "ratio"),
         "1.0001 more profit since the last payout, with no day above 0.00"),
        ({"count_per_month": 4}, {"month_count": 4}, "1", ("month_count", "5", "4", "requests"),
         "Wait for the next calendar month; this one takes no more requests"),
        ({"cap_per_month": "100.00"}, {"month_total": "40"}, "60.01",
         ("month_cap", "100.01", "100.00", "USD"),
         "Ask for 60.00 at most, or wait for the next calendar month"),
        ({"cap_per_month": "100.00"}, {"month_total": "100"}, "1",
         ("month_cap", "101.00", "100.00", "USD"),
         "Wait for the next calendar month; this one has paid all that it may"),
        ({"minimum": "250.00"}, {}, "249.99", ("below_minimum", "249.99", "250.00", "USD"),
         "Ask for at least 250.00"),
        ({"minimum": "250.00"}, {"profit": "249.99"}, "250",
         ("below_minimum", "249.99", "250.00", "USD"),
         "250.00 must be drawable; 249.99 is now, which is the profit over the start"),
        ({"fraction_of_profit": "0.50"}, {}, "2000.01",
         ("above_maximum", "2000.01", "2000.00", "USD"),
         "Ask for 2000.00 at most, which is 0.5 of the profit over the start"),
    ],
)  # fmt: skip
def test_a_rule_that_is_not_met_says_what_it_saw_and_what_is_missing(
    rule: dict[str, Any],
    facts: dict[str, Any],
    amount: str,
    row: tuple[str, str, str, str],
    step: str,
) -> None:
    answer, code = asked(amount, rule, **facts), row[0]
    assert answer.reasons == (code,)
    assert (code, *row_of(answer, code)) == (*row, False)
    assert answer.next_steps == {code: step}
    assert (answer.allowed, answer.trader_share) == (False, USD(0))


def test_a_rule_that_is_met_stands_in_the_table_too() -> None:
    rule = {"winning_days": {"threshold": "150.00", "required": 5}, "count_per_month": 4}
    answer = asked("500", {**rule, "minimum": "250.00"}, month_count=3)
    assert answer.allowed
    assert row_of(answer, "winning_days") == ("5", "5", "days", True)
    assert row_of(answer, "month_count") == ("4", "4", "requests", True)
    assert row_of(answer, "below_minimum") == ("500.00", "250.00", "USD", True)
    assert row_of(answer, "above_maximum") == ("500.00", "4000.00", "USD", True)
    assert answer.next_steps == {}


def test_a_rule_that_the_pack_does_not_have_is_not_looked_at() -> None:
    assert [each.rule for each in asked("500", {}).table] == [
        "not_funded", "not_active", "no_profit", "open_positions", "payout_pending",
        "below_minimum", "above_maximum",
    ]  # fmt: skip


def test_the_maximum_is_not_looked_at_while_another_rule_stands_against_any_amount() -> None:
    answer = asked("99999", {"minimum_trading_days": 6})
    assert answer.reasons == ("trading_days",)
    assert "above_maximum" not in {each.rule for each in answer.table}
    assert answer.maximum == USD(0)


class TestMaximum:
    """Rule pages: half of the profit; caps by payout and month; a buffer; whole cents."""

    @pytest.mark.parametrize(
        ("rule", "facts", "maximum"),
        [
            ({}, {}, "4000.00"),
            ({}, {"profit": "4000.0099"}, "4000.00"),
            ({"fraction_of_profit": "0.50"}, {"profit": "0.03"}, "0.01"),
            ({"cap_per_payout": "3500.00"}, {}, "3500.00"),
            ({"cap_per_month": "5000.00"}, {"month_total": "1500"}, "3500.00"),
            ({"buffer": "3000.00"}, {}, "1000.00"),
            ({"buffer": "3000.00", "fraction_of_profit": "0.10"}, {}, "400.00"),
            ({"buffer": "3000.00", "cap_per_payout": "1400.00"}, {"profit": "5000"}, "1400.00"),
        ],
    )
    def test_is_the_least_of_all_bounds(
        self, rule: dict[str, Any], facts: dict[str, Any], maximum: str
    ) -> None:
        assert asked("0.01", rule, **facts).maximum == USD.of(maximum)

    def test_keeps_the_balance_clear_of_the_floor(self) -> None:
        answer = asked("2000", {}, floor_room="1999.9999")
        assert answer.reasons == ("above_maximum",)
        assert answer.maximum == USD.of("1999.99")
        assert answer.next_steps["above_maximum"].endswith(
            "1999.99 at most, which is what keeps the balance clear of the floor"
        )

    @pytest.mark.parametrize("room", ["0", "-12", "0.0099"])
    def test_is_nothing_where_the_floor_leaves_no_cent(self, room: str) -> None:
        answer = asked("1", {}, floor_room=room)
        assert (answer.reasons, answer.maximum) == (("above_maximum",), USD(0))

    def test_of_less_than_the_minimum_is_too_little_whatever_bounds_it(self) -> None:
        answer = asked("500", {"minimum": "500.00"}, floor_room="400")
        assert (answer.reasons, answer.maximum) == (("below_minimum",), USD(0))
        assert row_of(answer, "below_minimum") == ("400.00", "500.00", "USD", False)


class TestDailyPayouts:
    """The firm's daily method: buffer built, profit on the day, no winning days asked for."""

    RULE: ClassVar[dict[str, Any]] = {
        "minimum": "500.00", "cap_per_payout": "1400.00", "cap_per_month": "28000.00",
        "buffer": "3000.00", "day_profit": "500.00",
        "winning_days": {"threshold": "500.00", "required": 5},
    }  # fmt: skip

    def test_need_no_winning_days(self) -> None:
        answer = asked("1400", self.RULE, profit="5000", winning_days=0)
        assert answer.allowed
        assert "winning_days" not in {each.rule for each in answer.table}

    @pytest.mark.parametrize(
        ("facts", "reasons"),
        [
            ({"profit": "4400", "day_profit": "500"}, ()),
            ({"profit": "4400", "day_profit": "499.9999"}, ("day_profit",)),
            ({"profit": "3000", "day_profit": "500"}, ("buffer",)),
            ({"profit": "3499.99", "day_profit": "500"}, ("below_minimum",)),
            ({"profit": "2999", "day_profit": "499"}, ("day_profit", "buffer")),
            ({"profit": "9000", "month_total": "27600"}, ("below_minimum", "month_cap")),
        ],
    )
    def test_need_the_buffer_and_the_day(
        self, facts: dict[str, Any], reasons: tuple[str, ...]
    ) -> None:
        assert asked("1400", self.RULE, **facts).reasons == reasons


class TestShares:
    def test_step_down_from_the_sixth_payout_on(self) -> None:
        shares = [{"from_payout": 1, "share": "0.90"}, {"from_payout": 6, "share": "0.80"}]
        for paid, share in ((0, "900.00"), (4, "900.00"), (5, "800.00"), (60, "800.00")):
            answer = asked("1000", {"trader_share": shares}, paid_count=paid)
            assert str(answer.trader_share) == share

    def test_of_bands_split_an_amount_that_crosses_one(self) -> None:
        bands = [{"up_to_total": "25000.00", "share": "1"}, {"share": "0.90"}]
        for withdrawn, share in (("0", "1000.00"), ("24400", "960.00"), ("25000", "900.00")):
            answer = asked("1000", {"share_bands": bands}, paid_out=withdrawn)
            assert str(answer.trader_share) == share

    def test_lose_no_more_than_parts_of_a_cent(self) -> None:
        shares = [{"from_payout": 1, "share": "0.8333"}]
        answer = asked("100.01", {"trader_share": shares})
        assert str(answer.trader_share) == "83.33"


class TestApproval:
    @staticmethod
    def of(amount: str, rule: dict[str, Any], **facts: str) -> PayoutAnswer:
        told: dict[str, Any] = {name: USD.of(each) for name, each in facts.items()}
        return answer_approval(read_payout(Place(rule)), replace(READY, **told), USD.of(amount))

    def test_asks_only_what_may_have_changed(self) -> None:
        rule = {"winning_days": {"threshold": "1.00", "required": 9}, "fraction_of_profit": "0.1"}
        answer = self.of("4000", rule)
        assert answer.allowed
        assert [each.rule for each in answer.table] == ["not_active", "above_maximum"]

    @pytest.mark.parametrize(
        ("rule", "facts", "covered"),
        [
            ({}, {"profit": "1999.99"}, "1999.99"),
            ({}, {"pending": "2000.01"}, "1999.99"),
            ({"buffer": "2000.01"}, {}, "1999.99"),
            ({}, {"floor_room": "1999.9999"}, "1999.99"),
            ({}, {"floor_room": "2500", "pending": "500.01"}, "1999.99"),
            ({}, {"profit": "-300"}, "0.00"),
        ],
    )
    def test_needs_the_amount_to_be_there_still(
        self, rule: dict[str, Any], facts: dict[str, str], covered: str
    ) -> None:
        answer = self.of("2000", rule, **facts)
        assert answer.reasons == ("above_maximum",)
        assert row_of(answer, "above_maximum") == ("2000.00", covered, "USD", False)
        assert answer.next_steps["above_maximum"].startswith("Reject it, or wait for ")

    def test_of_what_would_take_from_the_buffer_names_it(self) -> None:
        answer = self.of("2000", {"buffer": "4000.00"})
        assert answer.reasons == ("buffer", "above_maximum")
