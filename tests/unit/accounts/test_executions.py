"""Trades, fills and day results: booked once, to the last unit, in the day they belong to."""

from datetime import date
from decimal import Decimal

import pytest

from domain.accounts.errors import (
    AlreadyRecordedDifferently,
    BeforeOpening,
    ExitBeforeEntry,
    FeesNegative,
    TooManyExecutions,
)
from domain.accounts.events import (
    AccountOpened,
    FillRecorded,
    ResultRecorded,
    TradeRecorded,
    TradingDayClosed,
)
from domain.accounts.executions import Trade
from domain.accounts.state import KNOWN_MAX, RECENT_TRADES_MAX
from domain.market.errors import QuantityOutOfRange
from domain.money import USD
from domain.rules.canonical import hash_of
from tests.support.builders import (
    FRIDAY,
    MONDAY,
    OPENED,
    TRADER,
    TUESDAY,
    a_fill,
    a_trade,
    account_of,
    closing,
    earning,
    filling,
    moment,
    pack_of,
    trading,
)
from tests.support.scenario import fact, given


def test_an_account_opens_with_its_pack_pinned_by_hash() -> None:
    pack = pack_of(profit_target="3000.00")
    account = given({}).account.open(
        account_id=TRADER, trader_id=TRADER, plan="standard-50k", pack=pack, at=OPENED
    )
    (opened,) = account.pending_events
    assert isinstance(opened, AccountOpened)
    assert (opened.pack_hash, opened.starting_balance_units) == (hash_of(pack), 500_000_000)
    assert account.state.pack == pack


def test_a_trade_books_gross_and_fees_when_it_is_closed() -> None:
    account = (
        given({})
        .when(trading("t-1", "12.50", fees="1.24", quantity=2))
        .then(
            fact(
                TradeRecorded,
                trade_id="t-1",
                gross_units=125_000,
                fees_units=12_400,
                exit_price=Decimal("5001.25"),
                trading_day=MONDAY,
                at=moment(MONDAY, "10:05"),
                reported_units=None,
            )
        )
    )
    assert account.state.balance == USD.of("50011.26")


def test_a_short_trade_earns_when_the_price_falls() -> None:
    account = given({}).when(trading("t-1", "25", side="short")).then(fact(TradeRecorded))
    assert account.state.balance == USD.of("50025.00")


def test_a_trade_of_sunday_evening_belongs_to_monday() -> None:
    (
        given({})
        .when(trading(day=date(2026, 3, 1), entered="17:05", exited="17:30"))
        .then(fact(TradeRecorded, trading_day=MONDAY))
    )


@pytest.mark.parametrize("again", [trading("t-1", "50"), filling("f-1"), earning("75")])
def test_what_was_seen_before_changes_nothing(again: object) -> None:
    past = given({}, trading("t-1", "50"), filling("f-1"), earning("75"))
    before = past.account.state.balance
    assert past.when(again).then().state.balance == before  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "other",
    [trading("1", "51.25"), trading("1", "50", fees="0.01"), trading("1", "50", side="short")],
)
def test_a_trade_id_with_other_facts_is_refused(other: object) -> None:
    past = given({}, trading("1", "50"))
    past.when(other).then_refused(AlreadyRecordedDifferently, id="1")  # type: ignore[arg-type]


def test_a_fill_id_with_another_price_is_refused() -> None:
    past = given({}, filling("1"))
    past.when(filling("1", price="5000.25")).then_refused(AlreadyRecordedDifferently, id="1")


def test_a_day_result_of_another_amount_is_refused() -> None:
    account = account_of()
    account.record_result(result_id="r", net=USD.of("1"), at=moment())
    with pytest.raises(AlreadyRecordedDifferently):
        account.record_result(result_id="r", net=USD.of("2"), at=moment())


def test_a_trade_and_a_fill_may_share_an_id() -> None:
    past = given({}, trading("1", "50"))
    past.when(filling("1")).then(fact(FillRecorded, fill_id="1"))


def test_what_the_source_claims_is_kept_beside_what_was_computed() -> None:
    trade = Trade.of(
        trade_id="t", symbol="ESH6", side="long", quantity=1, entry_price="5000",
        exit_price="5001", fees=USD(0), entered_at=moment(), exited_at=moment(),
        reported=USD.of("49.50"),
    )  # fmt: skip
    outcome = given({}).when(lambda account: account.record_trade(trade))
    outcome.then(fact(TradeRecorded, gross_units=500_000, reported_units=495_000))


def test_fills_are_matched_first_in_first_out() -> None:
    past = given({}, filling("1", price="5000.00"), filling("2", price="5010.00"))
    account = past.when(filling("3", "sell", quantity=1, price="5020.00")).then(
        fact(FillRecorded, realised_units=1_000_000, closed_quantity=1)
    )
    assert [lot.price for lot in account.state.lots] == [Decimal(5010)]


def test_a_fill_beyond_the_position_turns_it_round() -> None:
    past = given({}, filling("1", quantity=2, price="5000.00"))
    account = past.when(filling("2", "sell", quantity=5, price="4999.00")).then(
        fact(FillRecorded, realised_units=-100_000, closed_quantity=2)
    )
    assert [(lot.quantity, lot.price) for lot in account.state.lots] == [(-3, Decimal(4999))]


def test_series_of_one_root_are_not_matched() -> None:
    past = given({}, filling("1", symbol="MESH6"))
    account = past.when(filling("2", "sell", symbol="MESM6")).then(
        fact(FillRecorded, realised_units=0, closed_quantity=0)
    )
    assert [lot.quantity for lot in account.state.lots] == [1, -1]


def test_a_day_result_stands_for_trades_that_are_not_shown() -> None:
    account = (
        given({})
        .when(earning("-120.50"))
        .then(fact(ResultRecorded, net_units=-1_205_000, trading_day=MONDAY))
    )
    assert account.state.balance == USD.of("49879.50")


def test_an_execution_of_a_later_day_ends_the_day_before() -> None:
    past = given({}, trading("1", "100"))
    past.when(trading("2", "50", day=TUESDAY)).then(
        fact(TradingDayClosed, trading_day=MONDAY, net_units=1_000_000, traded=True),
        fact(TradeRecorded, trade_id="2", trading_day=TUESDAY),
    )


def test_days_without_trades_in_between_are_not_closed_one_by_one() -> None:
    past = given({}, trading("1", "100"))
    past.when(trading("2", "50", day=FRIDAY)).then(
        fact(TradingDayClosed, trading_day=MONDAY), fact(TradeRecorded, trading_day=FRIDAY)
    )


def test_what_happened_before_the_opening_is_refused() -> None:
    friday = date(2026, 2, 27)
    given({}).when(trading(day=friday)).then_refused(BeforeOpening)


def test_an_exit_before_its_entry_is_refused() -> None:
    with pytest.raises(ExitBeforeEntry) as refusal:
        a_trade("t-9", entered="10:05", exited="10:04")
    assert refusal.value.facts == {"trade_id": "t-9"}


@pytest.mark.parametrize("make", [a_trade, a_fill])
def test_fees_below_zero_are_refused(make: object) -> None:
    with pytest.raises(FeesNegative):
        make(fees="-0.01")  # type: ignore[operator]


@pytest.mark.parametrize("quantity", [0, -1, 10_001])
def test_a_quantity_that_is_no_trade_is_refused(quantity: int) -> None:
    with pytest.raises(QuantityOutOfRange):
        a_fill(quantity=quantity)


def test_a_runaway_feed_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("domain.accounts.days.EXECUTIONS_PER_DAY_MAX", 2)
    past = given({}, trading("1"), trading("2"))
    past.when(trading("3")).then_refused(TooManyExecutions, trading_day="2026-03-02")
    past.when(trading("4", day=TUESDAY)).then(
        fact(TradingDayClosed, executions=2), fact(TradeRecorded, trade_id="4")
    )


def test_what_is_remembered_is_bounded() -> None:
    account = account_of()
    for number in range(KNOWN_MAX + 10):
        account.record_trade(a_trade(f"t-{number}"))
    assert len(account.state.known) == KNOWN_MAX
    assert "trade:t-9" not in account.state.known
    assert len(account.state.recent_trades) == RECENT_TRADES_MAX


class TestTradingDays:
    def test_a_day_with_two_trades_counts_once(self) -> None:
        account = given({}, trading("1"), trading("2")).account
        assert account.state.trading_days == 1

    def test_the_day_of_the_entry_counts_as_well_as_that_of_the_exit(self) -> None:
        past = given({})
        past.when(trading("1", day=TUESDAY, entered_on=MONDAY)).then(fact(TradeRecorded))
        assert past.account.state.trading_days == 2

    def test_a_day_of_an_entry_counts_though_a_later_day_counted_before(self) -> None:
        past = given({}, trading("1", day=TUESDAY), closing(TUESDAY))
        past.when(trading("2", day=FRIDAY, entered_on=MONDAY)).then(fact(TradeRecorded))
        assert past.account.state.trading_days == 3

    def test_a_day_that_a_position_is_only_held_over_does_not_count(self) -> None:
        past = given({}, filling("1"), closing(MONDAY), closing(TUESDAY))
        past.when(filling("2", "sell", day=FRIDAY)).then(fact(FillRecorded))
        assert past.account.state.trading_days == 2

    def test_a_day_without_trades_does_not_count(self) -> None:
        assert given({}, closing(MONDAY)).account.state.trading_days == 0
