"""The TopstepX export, line by line."""

from datetime import UTC, datetime

import pytest

from application.imports.errors import (
    EmptyFile,
    FileTooLarge,
    MissingColumn,
    NoHeader,
    WrongEncoding,
)
from application.imports.ports import BYTES_MAX, ROWS_MAX
from domain.errors import DomainError
from domain.market.calendar import trading_day_of
from domain.money import USD
from infrastructure.importers.topstepx import TopstepXExport
from tests.unit.imports.samples import GOOD, HEADER, REAL, export, line, read_lines

BAD = [
    ({"ContractName": "XXZ5"}, "unknown-contract", "'XXZ5'"),
    ({"ContractName": ""}, "missing-value", "ContractName is missing"),
    ({"Id": " "}, "missing-value", "Id is missing"),
    ({"PnL": ""}, "missing-value", "PnL is missing"),
    ({"Id": "10 01"}, "not-an-identifier", "'10 01'"),
    ({"Id": "1" * 101}, "not-an-identifier", "1 to 100"),
    ({"ExitedAt": "10/13/2025 09:59:59 -05:00"}, "exit-before-entry", "before it was opened"),
    ({"EntryPrice": "6700.300000000"}, "price-off-tick", "6700.3"),
    ({"ExitPrice": "abc"}, "not-a-price", "'abc'"),
    ({"ExitPrice": "1e3"}, "not-a-price", "'1e3'"),
    ({"PnL": "much"}, "not-a-number", "PnL is 'much'"),
    ({"PnL": "NaN"}, "not-a-number", "PnL is 'NaN'"),
    ({"Fees": "2,48"}, "broken-row", "14 fields"),
    ({"Fees": "two"}, "not-a-number", "Fees is 'two'"),
    ({"Fees": "2.48001"}, "not-an-amount", "four decimal places"),
    ({"Fees": "-2.48"}, "fees-negative", "-2.48"),
    ({"Commissions": "free"}, "not-a-number", "Commissions is 'free'"),
    ({"Size": "-2"}, "quantity-out-of-range", "-2 contracts"),
    ({"Size": "0"}, "quantity-out-of-range", "0 contracts"),
    ({"Size": "2.5"}, "not-a-number", "'2.5'"),
    ({"Type": "Sideways"}, "unknown-side", "'Sideways'"),
    ({"EnteredAt": "10/13/2025 10:00:00"}, "time-without-offset", "'10/13/2025 10:00:00'"),
    ({"EnteredAt": "2025-10-13T10:00:00-05:00"}, "not-a-time", "2025-10-13"),
    ({"EnteredAt": "02/30/2025 10:00:00 -05:00"}, "not-a-time", "no such time"),
    ({"EnteredAt": "01/01/0001 00:00:00 +14:00"}, "not-a-time", "no such time"),
    ({"EnteredAt": "10/13/2005 10:00:00 -05:00"}, "calendar-not-loaded", "2005-10-13"),
    ({"Commissions": ",", "Type": "Long"}, "broken-row", "14 fields"),
    ({"Type": '"Long'}, "broken-row", "quotes"),
    ({"Type": "Lo\0ng"}, "broken-row", "U+0000"),
]


class TestABadRow:
    @pytest.mark.parametrize(("changes", "code", "words"), BAD)
    def test_is_named_by_line_and_reason(
        self, changes: dict[str, str], code: str, words: str
    ) -> None:
        reading = read_lines(line(Id="1"), "", line(**changes), line(Id="2"))
        (fault,) = reading.faults
        assert (fault.place, fault.code) == (4, code)
        assert words in fault.reason
        assert [each.trade.trade_id for each in reading.trades] == ["1", "2"]

    def test_may_be_a_line_in_another_encoding(self) -> None:
        bad = line(ContractName="MÉSZ5").encode("latin-1")
        (fault,) = TopstepXExport().read(export(line(Id="1")) + bad).faults
        assert (fault.place, fault.code) == (3, "wrong-encoding")
        assert "0xC9 at byte 7" in fault.reason

    def test_may_be_cut_short(self) -> None:
        (fault,) = read_lines(line()[:25]).faults
        assert (fault.place, fault.code) == (2, "broken-row")
        assert "3 fields, but the header names 13" in fault.reason

    def test_may_contradict_another_and_neither_is_right(self) -> None:
        reading = read_lines(line(Size="1", PnL="12.5"), line(Id="7"), line())
        assert [(each.place, each.code) for each in reading.faults] == [
            (2, "repeated-differently"),
            (4, "repeated-differently"),
        ]
        assert "told again at 4" in reading.faults[0].reason
        assert [each.trade.trade_id for each in reading.trades] == ["7"]


class TestAGoodRow:
    def test_is_read_to_the_last_digit(self) -> None:
        (row,) = read_lines(line()).trades
        trade = row.trade
        assert (row.place, row.basis, trade.trade_id, trade.source) == (
            2, "gross", "1001", "topstepx",
        )  # fmt: skip
        assert (trade.symbol, trade.side, trade.quantity) == ("MESZ5", "long", 2)
        assert (trade.gross, trade.fees, trade.reported) == (
            USD.of("25.00"), USD.of("2.48"), USD.of("25.00"),
        )  # fmt: skip

    def test_has_its_times_in_utc_whatever_the_offset(self) -> None:
        (row,) = read_lines(
            line(EnteredAt="10/13/2025 17:00:00 +02:00", ExitedAt="10/13/2025 10:30:00.5 -05:00")
        ).trades
        assert row.trade.entered_at == datetime(2025, 10, 13, 15, tzinfo=UTC)
        assert row.trade.exited_at == datetime(2025, 10, 13, 15, 30, 0, 500_000, tzinfo=UTC)
        assert row.trade.exited_at.tzinfo is UTC

    def test_costs_its_commissions_too(self) -> None:
        (row,) = read_lines(line(Commissions="1.50")).trades
        assert row.trade.fees == USD.of("3.98")

    def test_may_be_short(self) -> None:
        (row,) = read_lines(line(Type="Short", PnL="-25")).trades
        assert (row.trade.side, row.trade.gross, row.basis) == ("short", USD.of("-25.00"), "gross")

    def test_may_be_told_twice_and_counts_once(self) -> None:
        reading = read_lines(line(), line())
        assert len(reading.trades) == 1
        assert [(each.place, each.kind) for each in reading.notes] == [(3, "repeated")]


class TestANote:
    def test_tells_a_profit_that_differs(self) -> None:
        reading = read_lines(line(PnL="24.99"))
        (row,), (note,) = reading.trades, reading.notes
        assert (note.place, note.kind) == (2, "profit-differs")
        assert (note.reported, note.computed, note.difference) == ("24.99", "25.00", "-0.01")
        assert (row.basis, row.trade.gross, row.trade.reported) == (
            "neither", USD.of("25.00"), USD.of("24.99"),
        )  # fmt: skip

    def test_tells_a_profit_after_costs_for_what_it_is(self) -> None:
        reading = read_lines(line(PnL="22.52"))
        assert [each.basis for each in reading.trades] == ["net"]
        assert "which is the profit after costs" in reading.notes[0].sentence

    def test_tells_a_profit_that_no_money_can_hold(self) -> None:
        reading = read_lines(line(PnL="24.123456789"))
        assert [each.trade.reported for each in reading.trades] == [None]
        assert reading.notes[0].difference == "-0.876543211"

    @pytest.mark.parametrize("day", ["10/14/2025 00:00:00 -05:00", "tomorrow", "99/99/2025"])
    def test_tells_another_trading_day(self, day: str) -> None:
        reading = read_lines(line(TradeDay=day))
        assert [(each.kind, each.computed) for each in reading.notes] == [
            ("trading-day-differs", "2025-10-13")
        ]
        assert len(reading.trades) == 1


class TestTopstepXExport:
    def test_reads_a_real_export(self) -> None:
        reading = TopstepXExport().read(REAL)
        trades = [each.trade for each in reading.trades]
        assert (reading.rows, len(trades), reading.faults, reading.notes) == (31, 31, (), ())
        assert {each.basis for each in reading.trades} == {"gross"}
        assert sum(each.gross.units for each in trades) == USD.of("-1371.00").units
        assert sum(each.fees.units for each in trades) == USD.of("107.56").units
        assert len({trading_day_of(each.exited_at) for each in trades}) == 11
        assert trades == sorted(trades, key=lambda each: each.exited_at)

    def test_orders_ties_by_entry_then_by_number(self) -> None:
        earlier = line(Id="3", EnteredAt="10/13/2025 09:00:00 -05:00")
        reading = read_lines(line(Id="10"), line(Id="9"), earlier)
        assert [each.trade.trade_id for each in reading.trades] == ["3", "9", "10"]

    def test_finds_columns_by_name(self) -> None:
        names = [name for name in reversed(GOOD) if name not in ("Commissions", "TradeDuration")]
        row = ",".join(["x", *(GOOD[name] for name in names)])
        document = f"Remark,{','.join(names)}\n{row}".encode()
        assert TopstepXExport().read(document).trades[0].trade == read_lines(line()).trades[0].trade

    def test_takes_a_header_without_rows(self) -> None:
        assert TopstepXExport().read(HEADER.encode()).rows == 0

    @pytest.mark.parametrize(
        ("document", "error", "words"),
        [
            (b"", EmptyFile, "is empty"),
            (b"\xef\xbb\xbf \r\n", EmptyFile, "is empty"),
            (REAL.decode("utf-8-sig").encode("utf-16"), WrongEncoding, "UTF-16"),
            (REAL.decode("utf-8-sig").encode("utf-16-be"), WrongEncoding, "UTF-16"),
            (REAL.decode("utf-8-sig").encode("utf-32"), WrongEncoding, "UTF-32"),
            (b"\xffId,ContractName\n", WrongEncoding, "0xFF at byte 1"),
            (line().encode(), NoHeader, "not a header"),
            (b'"Id,\n', NoHeader, "not a header"),
            (b"<html>\n", NoHeader, "<html>"),
            (export().replace(b"PnL,", b""), MissingColumn, "no column PnL"),
            (export().replace(b"PnL,", b"PnL,PnL,"), MissingColumn, "'PnL' twice"),
            (b" " * (BYTES_MAX + 1), FileTooLarge, "50,000,000 bytes"),
            (export() + b"x\n" * (ROWS_MAX + 1), FileTooLarge, "1,000,001 rows"),
        ],
        ids=range(13),
    )
    def test_refuses_a_file_without_rows_to_judge(
        self, document: bytes, error: type[DomainError], words: str
    ) -> None:
        with pytest.raises(error, match=words):
            TopstepXExport().read(document)
