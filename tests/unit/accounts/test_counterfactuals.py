"""Less traded, by example: what stays, what is left out, and what nobody can know."""

from collections.abc import Sequence
from fractions import Fraction
from typing import TypeVar

import pytest

from domain.accounts.counterfactuals.altering import alter
from domain.accounts.counterfactuals.asking import Altered, Counterfactual, size_of
from domain.accounts.counterfactuals.errors import CounterfactualRefused, TradeNotInHistory
from domain.accounts.events import (
    AccountEvent,
    EquityMarked,
    FillRecorded,
    ResultRecorded,
    TradeRecorded,
    TradeVoided,
    TradingDayClosed,
)
from tests.support.builders import (
    TUESDAY,
    closing,
    earning,
    filling,
    marking,
    trading,
    voiding,
)
from tests.support.rerunning import history_of

HALF = Counterfactual(size=Fraction(1, 2))
STOP = Counterfactual(stop_after_first_loss=True)
T = TypeVar("T", bound=AccountEvent)


def of_kind(kind: type[T], altered: Altered) -> list[T]:
    return [each for each in altered.events if isinstance(each, kind)]


def quantities(altered: Altered) -> list[tuple[str, int]]:
    return [
        (each.trade_id if isinstance(each, TradeRecorded) else each.fill_id, each.quantity)
        for each in altered.events
        if isinstance(each, TradeRecorded | FillRecorded)
    ]


def left_out(history: Sequence[AccountEvent], altered: Altered) -> dict[object, str]:
    return {
        getattr(history[place], "trade_id", getattr(history[place], "fill_id", place)): reason
        for place, reason in altered.left_out.items()
    }


class TestSize:
    def test_keeps_whole_contracts_and_rounds_fees_up(self) -> None:
        history = history_of(
            trading("t-1", "50.00", quantity=4, fees="2.00"),
            trading("t-2", "15.00", quantity=3, fees="1.00"),
            trading("t-3", "5.00"),
        )
        altered = alter(history, HALF)
        assert quantities(altered) == [("t-1", 2), ("t-2", 1)]
        first, second = of_kind(TradeRecorded, altered)
        assert (first.gross_units, first.fees_units) == (250_000, 10_000)
        assert (second.gross_units, second.fees_units) == (50_000, 3_334)
        assert left_out(history, altered) == {"t-3": "rounds_to_nothing"}

    def test_scales_the_position_and_not_each_fill(self) -> None:
        history = history_of(
            filling("f-1", "buy", fees="0.50"),
            filling("f-2", "buy", clock="10:01", fees="0.50"),
            filling("f-3", "sell", quantity=2, price="5010.00", clock="10:02", fees="1.00"),
        )
        altered = alter(history, HALF)
        assert quantities(altered) == [("f-2", 1), ("f-3", 1)]
        closed = of_kind(FillRecorded, altered)[-1]
        assert (closed.closed_quantity, closed.realised_units) == (1, 500_000)
        assert closed.fees_units == 5_000
        assert left_out(history, altered) == {"f-1": "rounds_to_nothing"}

    def test_leaves_a_fill_out_that_was_taken_back(self) -> None:
        history = history_of(
            filling("f-1", "buy", quantity=2), voiding("f-1"), trading("t-1", quantity=2)
        )
        altered = alter(history, HALF)
        assert quantities(altered) == [("t-1", 1)]
        assert left_out(history, altered) == {"f-1": "taken_back"}

    def test_cannot_scale_a_days_result(self) -> None:
        altered = alter(history_of(earning("100.00")), HALF)
        assert of_kind(ResultRecorded, altered) == []
        assert altered.doubts == {"result_without_trades": 1}

    @pytest.mark.parametrize("text", ["0", "2", "1/0", "3/2", "-1/2", "0.0", "half", "1/2/3", ""])
    def test_is_a_part(self, text: str) -> None:
        with pytest.raises(CounterfactualRefused):
            size_of(text)

    def test_is_written_as_a_ratio_or_a_decimal(self) -> None:
        assert [size_of(each) for each in ("1/2", "0.25", "1", "1.0")] == [
            Fraction(1, 2), Fraction(1, 4), 1, 1,
        ]  # fmt: skip


class TestOpenProfit:
    def test_is_the_same_part_of_itself_as_what_was_open(self) -> None:
        history = history_of(
            marking("-90.00", clock="10:02"), trading("t-1", quantity=3, exited="10:05")
        )
        altered = alter(history, HALF)
        assert [each.open_pnl_units for each in of_kind(EquityMarked, altered)] == [-300_000]
        assert altered.doubts == {}

    def test_is_none_where_nothing_is_left_open(self) -> None:
        altered = alter(history_of(marking("-30.00", clock="10:02"), trading("t-1")), HALF)
        assert of_kind(EquityMarked, altered) == []
        assert altered.doubts == {}

    def test_is_unknown_where_parts_differ(self) -> None:
        history = history_of(
            marking("-90.00", clock="10:02"),
            trading("t-1", quantity=3, exited="10:05"),
            trading("t-2", quantity=2, exited="10:06"),
        )
        altered = alter(history, HALF)
        assert of_kind(EquityMarked, altered) == []
        assert altered.doubts["open_profit"] == 1

    def test_is_unknown_where_nobody_told_what_was_open(self) -> None:
        history = history_of(marking("-90.00"))
        assert alter(history, HALF).doubts == {"open_profit": 1}
        assert alter(history, STOP).doubts == {}

    def test_of_lots_is_exact_only_at_the_same_average_price(self) -> None:
        def opened(price: str) -> Altered:
            return alter(
                history_of(
                    filling("f-1", "buy", quantity=2),
                    filling("f-2", "buy", quantity=2, price=price, clock="10:01"),
                    marking("-50.00", clock="10:02"),
                ),
                Counterfactual(size=Fraction(1, 4)),
            )

        same, other = opened("5000.00"), opened("5010.00")
        assert [each.open_pnl_units for each in of_kind(EquityMarked, same)] == [-125_000]
        assert "open_profit" not in same.doubts
        assert of_kind(EquityMarked, other) == []
        assert other.doubts["open_profit"] == 3

    def test_that_is_carried_over_a_close_is_scaled_as_well(self) -> None:
        history = history_of(filling("f-1", quantity=2), closing(open_pnl="-40.00"))
        (closed,) = of_kind(TradingDayClosed, alter(history, HALF))
        assert closed.open_pnl_units == -200_000

    def test_extremes_are_unknown_once_a_session_is_bent(self) -> None:
        """The win that rounds away had kept equity above the lows of the trade after it."""
        history = history_of(
            marking("40.00", clock="10:01"),
            trading("t-1", "50.00", exited="10:05"),
            trading("t-2", "0", quantity=2, entered="10:10", exited="10:20"),
        )
        assert alter(history, HALF).doubts == {"extremes": 3}

    def test_extremes_do_not_matter_where_no_mark_was_ever_told(self) -> None:
        history = history_of(
            trading("t-1", "50.00", exited="10:05"),
            trading("t-2", quantity=2, entered="10:10", exited="10:20"),
        )
        assert alter(history, HALF).doubts == {}


class TestStopAfterFirstLoss:
    def test_opens_nothing_more_that_day(self) -> None:
        history = history_of(
            trading("open", "10.00", entered="09:55", exited="10:30"),
            trading("win", "5.00", entered="10:00", exited="10:01"),
            trading("loss", "0", fees="1.00", entered="10:02", exited="10:10"),
            trading("after", "20.00", entered="10:40", exited="10:50"),
            trading("next day", "5.00", day=TUESDAY),
        )
        altered = alter(history, STOP)
        assert [id for id, _ in quantities(altered)] == ["open", "win", "loss", "next day"]
        assert left_out(history, altered) == {"after": "after_the_first_loss"}

    def test_goes_by_when_trades_were_closed_and_not_told(self) -> None:
        history = history_of(
            trading("later", "20.00", entered="10:40", exited="10:50"),
            trading("loss", "-5.00", entered="10:02", exited="10:10"),
        )
        assert [id for id, _ in quantities(alter(history, STOP))] == ["loss"]

    def test_closes_what_was_open_and_nothing_that_never_was(self) -> None:
        history = history_of(
            filling("in", "buy", quantity=2),
            filling("loss", "sell", price="4990.00", clock="10:01"),
            filling("more", "buy", quantity=3, clock="10:02"),
            filling("out", "sell", quantity=4, clock="10:03"),
        )
        altered = alter(history, STOP)
        assert quantities(altered) == [("in", 2), ("loss", 1), ("out", 1)]

    def test_changes_nothing_where_nothing_was_lost(self) -> None:
        history = history_of(trading("t-1", "5.00"), filling("f-1", clock="10:30"))
        altered = alter(history, STOP)
        assert list(altered.events) == history
        assert not altered.is_other

    def test_cannot_see_a_loss_within_a_days_result(self) -> None:
        assert alter(history_of(earning("100.00")), STOP).doubts == {"result_without_trades": 1}


class TestWithout:
    def test_leaves_a_trade_out_with_its_taking_back(self) -> None:
        history = history_of(trading("t-1"), trading("t-2", exited="10:06"), voiding("t-1"))
        altered = alter(history, Counterfactual(without=frozenset({"t-1"})))
        assert quantities(altered) == [("t-2", 1)]
        assert of_kind(TradeVoided, altered) == []
        assert left_out(history, altered) == {"t-1": "named"}

    @pytest.mark.parametrize(("id", "said"), [("t-9", "no trade"), ("f-1", "is a fill")])
    def test_refuses_what_is_no_trade_of_the_history(self, id: str, said: str) -> None:
        with pytest.raises(TradeNotInHistory, match=said):
            alter(history_of(filling("f-1")), Counterfactual(without=frozenset({id})))

    def test_takes_a_limited_number(self) -> None:
        with pytest.raises(CounterfactualRefused):
            Counterfactual(without=frozenset(map(str, range(101))))
