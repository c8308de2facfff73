"""The YourPropFirm history, trade by trade."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from application.imports.errors import EmptyFile, NotJson, WrongEncoding
from domain.errors import DomainError
from domain.money import USD
from infrastructure.importers.yourpropfirm import YourPropFirmHistory
from tests.unit.imports.samples import HISTORY, closed, read_trades

BAD: list[tuple[object, str, str]] = [
    (closed(tradeSymbol="XXH6"), "unknown-contract", "'XXH6'"),
    (closed(tradeSymbol="\ud800"), "unknown-contract", "ud800"),
    (closed(tradeSymbol=...), "missing-value", "tradeSymbol is missing"),
    (closed(commission=None), "missing-value", "commission is missing"),
    (closed(state=...), "missing-value", "state is missing"),
    (closed(closeTime=None), "missing-value", "closeTime is missing"),
    (closed(id=1.5), "not-an-identifier", "1.5"),
    (closed(id="\udfff"), "not-an-identifier", "udfff"),
    (closed(id=[1]), "not-a-number", "[1]"),
    (closed(closeTime="2026-01-13T14:59:59Z"), "exit-before-entry", "before it was opened"),
    (closed(openPrice=6890.3), "price-off-tick", "6890.3"),
    (closed(closePrice=True), "not-a-number", "closePrice is True"),
    (closed(closePrice="high"), "not-a-price", "'high'"),
    (closed(closePrice=1e300), "not-a-number", "closePrice is 1E+300"),
    (closed(profit=float("nan")), "not-a-number", "profit is 'NaN'"),
    (closed(profit={}), "not-a-number", "profit is {}"),
    (closed(commission=2.48001), "not-an-amount", "2.48001"),
    (closed(commission=10**40), "not-a-number", "commission is"),
    (closed(volume=0), "quantity-out-of-range", "0 contracts"),
    (closed(volume=-2), "quantity-out-of-range", "-2 contracts"),
    (closed(volume=0.5), "not-a-number", "volume is 0.5"),
    (closed(command="Hold"), "unknown-side", "'Hold'"),
    (closed(openTime="2026-01-13T15:00:00"), "time-without-offset", "2026-01-13T15:00:00"),
    (closed(openTime="13.01.2026"), "not-a-time", "'13.01.2026'"),
    (closed(openTime=1768316400), "not-a-time", "1768316400"),
    (closed(state="Cancelled"), "not-closed", "'Cancelled'"),
    ("ClosedNormal", "broken-row", "'ClosedNormal'"),
    (None, "broken-row", "JSON object"),
]


class TestABadTrade:
    @pytest.mark.parametrize(("trade", "code", "words"), BAD)
    def test_is_named_by_pointer_and_reason(self, trade: object, code: str, words: str) -> None:
        reading = read_trades(closed(id="a"), trade, closed(id="b"))
        (fault,) = reading.faults
        assert (fault.place, fault.code) == ("/1", code)
        assert words in fault.reason
        assert [each.trade.trade_id for each in reading.trades] == ["a", "b"]

    def test_may_say_one_thing_twice(self) -> None:
        (fault,) = YourPropFirmHistory().read(b'[{"id": 1, "id": 2}]').faults
        assert (fault.place, fault.code) == ("/0", "broken-row")
        assert "'id' stands twice" in fault.reason

    def test_may_contradict_another(self) -> None:
        reading = read_trades(closed(), closed(commission=0))
        assert [(each.place, each.code) for each in reading.faults] == [
            ("/0", "repeated-differently"),
            ("/1", "repeated-differently"),
        ]
        assert reading.trades == ()


class TestAGoodTrade:
    def test_is_read_without_a_float(self) -> None:
        document = (
            b'[{"id":"q-1","tradeSymbol":"6EH6","command":"Sell","volume":1.0,"openPrice":1.16605,'
        )
        document += (
            b'"closePrice":1.1655,"profit":68.75,"commission":-3.24,"state":"ClosedStopLoss",'
        )
        document += (
            b'"openTime":"2026-01-13T09:00:00.1234567-06:00","closeTime":"2026-01-13T16:00:00Z"}]'
        )
        (row,) = YourPropFirmHistory().read(document).trades
        trade = row.trade
        assert (trade.entry_price, trade.exit_price) == (Decimal("1.16605"), Decimal("1.1655"))
        assert (trade.trade_id, trade.side, trade.quantity) == ("q-1", "short", 1)
        assert trade.entered_at == datetime(2026, 1, 13, 15, 0, 0, 123_456, tzinfo=UTC)

    @pytest.mark.parametrize("commission", [-2.48, 2.48, "-2.48"])
    def test_costs_its_commission_whatever_the_sign(self, commission: object) -> None:
        (row,) = read_trades(closed(commission=commission)).trades
        assert row.trade.fees == USD.of("2.48")

    @pytest.mark.parametrize(
        ("profit", "commission", "basis"),
        [(25, -2.48, "gross"), (22.52, -2.48, "net"), (25, 0, "both")],
    )
    def test_may_report_profit_before_or_after_costs(
        self, profit: float, commission: float, basis: str
    ) -> None:
        reading = read_trades(closed(profit=profit, commission=commission))
        (row,) = reading.trades
        assert (row.basis, row.trade.reported, reading.notes) == (basis, USD.of("25.00"), ())

    def test_with_a_profit_that_is_neither_is_booked_and_noted(self) -> None:
        reading = read_trades(closed(profit=30))
        (row,), (note,) = reading.trades, reading.notes
        assert (row.basis, row.trade.gross, row.trade.reported) == (
            "neither", USD.of("25.00"), USD.of("30.00"),
        )  # fmt: skip
        assert (note.place, note.reported, note.computed, note.difference) == (
            "/0", "30.00", "25.00", "5.00",
        )  # fmt: skip
        assert "22.52 would be left after costs" in note.sentence


class TestAnOpenPosition:
    @pytest.mark.parametrize("end", [None, "", ...])
    def test_is_named_and_not_imported(self, end: object) -> None:
        reading = read_trades(closed(closeTime=end, state="Open"), closed(id=2))
        assert [(each.place, each.kind) for each in reading.notes] == [("/0", "not-closed")]
        assert "'Open'" in reading.notes[0].sentence
        assert (len(reading.trades), reading.faults) == (1, ())


class TestYourPropFirmHistory:
    def test_reads_a_whole_history(self) -> None:
        reading = YourPropFirmHistory().read(HISTORY)
        assert [(each.trade.trade_id, each.basis) for each in reading.trades] == [
            ("880001", "gross"),
            ("880002", "gross"),
            ("880003", "both"),
            ("880004", "net"),
            ("880005", "neither"),
        ]
        assert [(each.place, each.kind) for each in reading.notes] == [
            ("/4", "profit-differs"),
            ("/5", "not-closed"),
        ]
        assert reading.faults == ()

    def test_takes_an_empty_history_with_a_byte_order_mark(self) -> None:
        assert YourPropFirmHistory().read(b"\xef\xbb\xbf[]").rows == 0

    @pytest.mark.parametrize(
        ("document", "error", "words"),
        [
            (b"", EmptyFile, "is empty"),
            (b"[", NotJson, "line 1, column 2"),
            (b"[1,]", NotJson, "not JSON"),
            (b"{}", NotJson, "not an array"),
            (b'{"results": []}', NotJson, "not an array"),
            (b"[" * 100_000, NotJson, "nested too deeply"),
            (b"Id,ContractName", NotJson, "line 1"),
            (HISTORY.decode().encode("utf-16"), WrongEncoding, "UTF-16"),
            (b'["\xff"]', WrongEncoding, "0xFF at byte 3"),
        ],
        ids=range(9),
    )
    def test_refuses_a_file_without_trades_to_judge(
        self, document: bytes, error: type[DomainError], words: str
    ) -> None:
        with pytest.raises(error, match=words):
            YourPropFirmHistory().read(document)
