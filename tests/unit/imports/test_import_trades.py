"""Booking what was read: counts, refusals, strictness and days."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from application.context import CommandContext, IdempotencyKey, acting
from application.errors import StreamNotFound
from application.imports.commands import ImportTrades
from application.imports.handlers import import_trades
from domain.accounts.account import TradingAccount
from domain.accounts.events import TradeRecorded, TradingDayClosed
from domain.accounts.state import KNOWN_MAX
from domain.money import USD
from infrastructure.importers.topstepx import TopstepXExport
from tests.unit.imports.memory import LATER, MemoryLedger, carry, opened
from tests.unit.imports.samples import REAL, line, many, read_lines

NEXT = {"EnteredAt": "10/14/2025 10:00:00 -05:00", "ExitedAt": "10/14/2025 10:30:00 -05:00"}
REAL_READING = TopstepXExport().read(REAL)


@pytest.fixture
def ledger() -> MemoryLedger:
    return MemoryLedger()


class TestImportTrades:
    def test_books_a_real_month(self, ledger: MemoryLedger) -> None:
        outcome = carry(ledger, opened(ledger), REAL_READING)
        assert (outcome.effect, outcome.imported, outcome.refused) == ("booked", 31, ())
        assert (outcome.gross, outcome.fees) == (USD.of("-1371.00"), USD.of("107.56"))
        assert (outcome.status, outcome.balance) == ("active", USD.of("23521.44"))
        assert len(outcome.closed_days) == 11
        assert outcome.position == len(ledger.events)

    def test_changes_nothing_the_second_time(self, ledger: MemoryLedger) -> None:
        account = opened(ledger)
        carry(ledger, account, REAL_READING)
        before = list(ledger.events)
        again = carry(ledger, account, REAL_READING)
        assert (again.imported, again.already_recorded, again.refused) == (0, 31, ())
        assert ledger.events == before

    def test_counts_rows_after_the_failure_apart(self, ledger: MemoryLedger) -> None:
        account = opened(ledger, max_loss="1000.00")
        first, again = (carry(ledger, account, REAL_READING) for _ in range(2))
        assert (first.failed_at, first.ended_by) == ("1455264980", "max_loss")
        assert (first.imported, first.after_end, first.refused) == (15, 16, ())
        assert (again.imported, again.already_recorded, again.after_end) == (0, 15, 16)
        assert (again.failed_at, again.ended_by) == (None, "max_loss")

    def test_keeps_what_was_reported_beside_what_is_booked(self, ledger: MemoryLedger) -> None:
        carry(ledger, opened(ledger), read_lines(line(PnL="30")))
        (trade,) = (each for each in ledger.events if isinstance(each, TradeRecorded))
        assert (trade.gross_units, trade.reported_units) == (250_000, 300_000)

    def test_saves_a_hundred_trades_at_a_time(self, ledger: MemoryLedger) -> None:
        account = opened(ledger)
        told: list[int] = []
        reading = TopstepXExport().read(many(250))
        command = ImportTrades(account_id=account, reading=reading, at=LATER)
        import_trades(command, ledger, ledger, told=told.append)
        assert told == [100, 200, 250]
        # The opening, three pieces, and the close of the last day.
        assert ledger.appends == 5

    def test_leaves_the_key_of_its_context_alone(self, ledger: MemoryLedger) -> None:
        key = IdempotencyKey(scope="cli", key="1", fingerprint="f")
        account = opened(ledger)
        with acting(CommandContext(actor="cli:test", idempotency=key)):
            assert carry(ledger, account, REAL_READING).imported == 31

    def test_refuses_an_account_that_is_not_there(self, ledger: MemoryLedger) -> None:
        account = opened(MemoryLedger())
        with pytest.raises(StreamNotFound):
            carry(ledger, account, REAL_READING)

    def test_knows_trades_that_the_account_has_forgotten(self, ledger: MemoryLedger) -> None:
        account = opened(ledger)
        reading = TopstepXExport().read(many(KNOWN_MAX + 50, a_day=200))
        assert carry(ledger, account, reading).imported == KNOWN_MAX + 50
        again = carry(ledger, account, reading)
        assert (again.already_recorded, again.refused) == (KNOWN_MAX + 50, ())
        other = replace(reading.trades[0].trade, fees=USD.of("9.00"))
        corrected = replace(reading, trades=(replace(reading.trades[0], trade=other),))
        (fault,) = carry(ledger, account, corrected).refused
        assert fault.code == "already-recorded-differently"


class TestARowThatTheAccountRefuses:
    def test_may_belong_to_a_closed_day(self, ledger: MemoryLedger) -> None:
        account = opened(ledger)
        carry(ledger, account, read_lines(line()))
        outcome = carry(ledger, account, read_lines(line(Id="7"), line(Id="8", **NEXT)))
        assert [(each.place, each.code) for each in outcome.refused] == [(2, "trading-day-closed")]
        assert outcome.imported == 1

    def test_may_be_recorded_with_other_facts(self, ledger: MemoryLedger) -> None:
        account = opened(ledger)
        carry(ledger, account, read_lines(line()))
        outcome = carry(ledger, account, read_lines(line(Fees="2.50"), line(Id="8", **NEXT)))
        assert [(each.place, each.code) for each in outcome.refused] == [
            (2, "already-recorded-differently")
        ]
        assert outcome.imported == 1

    def test_may_be_older_than_the_account(self, ledger: MemoryLedger) -> None:
        account = opened(ledger, at=datetime(2025, 10, 14, tzinfo=UTC))
        outcome = carry(ledger, account, read_lines(line(), line(Id="8", **NEXT)))
        assert [(each.place, each.code) for each in outcome.refused] == [(2, "before-opening")]
        assert outcome.imported == 1

    def test_may_come_from_the_future(self, ledger: MemoryLedger) -> None:
        now = datetime(2025, 10, 13, 15, 29, 59, tzinfo=UTC)
        outcome = carry(ledger, opened(ledger), read_lines(line()), at=now)
        assert [(each.place, each.code) for each in outcome.refused] == [(2, "exit-in-the-future")]
        assert outcome.closed_days == ()


class TestAStrictImport:
    def test_writes_nothing_for_a_bad_row(self, ledger: MemoryLedger) -> None:
        account = opened(ledger)
        outcome = carry(ledger, account, read_lines(line(), line(Size="x")), strict=True)
        assert (outcome.effect, outcome.imported, outcome.taken) == ("withheld", 0, 1)
        assert len(ledger.events) == 1

    def test_writes_nothing_for_a_row_that_the_account_refuses(self, ledger: MemoryLedger) -> None:
        account = opened(ledger)
        # The last of 150: the first hundred would be in the log by then.
        rows = read_lines(*(line(Id=str(each)) for each in range(149)))
        late = read_lines(line(Id="999", **NEXT)).trades[0]
        late = replace(late, trade=replace(late.trade, exited_at=datetime(2026, 4, 1, tzinfo=UTC)))
        reading = replace(rows, trades=(*rows.trades, late))
        outcome = carry(ledger, account, reading, strict=True)
        assert (outcome.effect, len(outcome.refused)) == ("withheld", 1)
        assert len(ledger.events) == 1

    def test_writes_everything_when_all_is_good(self, ledger: MemoryLedger) -> None:
        outcome = carry(ledger, opened(ledger), REAL_READING, strict=True)
        assert (outcome.effect, outcome.imported) == ("booked", 31)


class TestADryRun:
    def test_says_what_would_be_and_writes_nothing(self, ledger: MemoryLedger) -> None:
        outcome = carry(ledger, opened(ledger), REAL_READING, dry_run=True)
        assert (outcome.effect, outcome.imported, outcome.taken) == ("rehearsed", 0, 31)
        assert (outcome.balance, outcome.position) == (USD.of("23521.44"), None)
        assert len(ledger.events) == 1


class TestTheLastDay:
    CLOSE = datetime(2025, 10, 13, 21, tzinfo=UTC)

    def closed(self, ledger: MemoryLedger) -> list[date]:
        return [each.trading_day for each in ledger.events if isinstance(each, TradingDayClosed)]

    def test_is_closed_when_its_session_is_over(self, ledger: MemoryLedger) -> None:
        carry(ledger, opened(ledger), read_lines(line()), at=self.CLOSE)
        assert self.closed(ledger) == [date(2025, 10, 13)]

    def test_stays_open_during_its_session(self, ledger: MemoryLedger) -> None:
        account = opened(ledger)
        carry(ledger, account, read_lines(line()), at=self.CLOSE.replace(hour=20))
        assert self.closed(ledger) == []
        assert carry(ledger, account, read_lines(line())).closed_days == (date(2025, 10, 13),)

    def test_stays_open_when_asked(self, ledger: MemoryLedger) -> None:
        rows = read_lines(line(), line(Id="8", **NEXT))
        outcome = carry(ledger, opened(ledger), rows, close_days=False)
        assert outcome.closed_days == (date(2025, 10, 13),)

    def test_stays_open_when_it_is_none_of_the_files(self, ledger: MemoryLedger) -> None:
        account = opened(ledger)
        carry(ledger, account, read_lines(line(Id="8", **NEXT)), close_days=False)
        outcome = carry(ledger, account, read_lines(line()))
        assert (len(outcome.refused), outcome.closed_days) == (1, ())
        assert ledger.load(TradingAccount, account).state.session
