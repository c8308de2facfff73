"""Imports into the real log."""

from collections.abc import Iterator
from contextlib import closing
from uuid import UUID

import pytest

from application.context import CommandContext, acting
from application.imports.commands import ImportTrades
from application.imports.handlers import import_trades
from application.imports.reading import Reading
from application.log import LogSelection
from domain.accounts.account import TradingAccount
from domain.money import USD
from infrastructure.event_store.ledger import EventSourcedLedger, open_ledger
from infrastructure.event_store.log import PostgresLog, open_log
from infrastructure.importers.topstepx import TopstepXExport
from infrastructure.importers.yourpropfirm import YourPropFirmHistory
from tests.support.postgres import Database
from tests.unit.imports.memory import LATER, opened
from tests.unit.imports.samples import HISTORY, REAL, many


@pytest.fixture
def ledger(module_database: Database) -> Iterator[EventSourcedLedger]:
    with closing(open_ledger(module_database.url, pool_size=2)) as ledger:
        yield ledger


@pytest.fixture
def log(module_database: Database) -> Iterator[PostgresLog]:
    with closing(open_log(module_database.url, pool_size=2)) as log:
        yield log


def importing(account_id: UUID, reading: Reading, *, strict: bool = False) -> ImportTrades:
    return ImportTrades(account_id=account_id, reading=reading, at=LATER, strict=strict)


class TestAnImport:
    def test_of_a_real_export_is_in_the_log(
        self, ledger: EventSourcedLedger, log: PostgresLog
    ) -> None:
        account = opened(ledger)
        with acting(CommandContext(actor="cli:test", reason="import of a month")):
            outcome = import_trades(importing(account, TopstepXExport().read(REAL)), ledger, log)
        assert (outcome.imported, outcome.balance) == (31, USD.of("23521.44"))
        recorded = list(log.stream(LogSelection(stream_id=account)))
        assert [each.event_type for each in recorded].count("account.trade_recorded") == 31
        assert {(each.actor, each.reason) for each in recorded[1:]} == {
            ("cli:test", "import of a month")
        }
        assert outcome.position == recorded[-1].ledger_seq

    def test_leaves_the_state_that_it_tells(
        self, ledger: EventSourcedLedger, log: PostgresLog
    ) -> None:
        account = opened(ledger)
        reading = YourPropFirmHistory().read(HISTORY)
        outcome = import_trades(importing(account, reading), ledger, log)
        loaded = ledger.load(TradingAccount, account)
        assert (loaded.version, loaded.state.balance) == (outcome.version, outcome.balance)
        assert (outcome.imported, len(outcome.closed_days)) == (5, 3)

    def test_again_writes_nothing(self, ledger: EventSourcedLedger, log: PostgresLog) -> None:
        account = opened(ledger)
        command = importing(account, TopstepXExport().read(REAL))
        import_trades(command, ledger, log)
        before = list(log.stream(LogSelection(stream_id=account)))
        again = import_trades(command, ledger, log)
        assert (again.already_recorded, again.position) == (31, None)
        assert list(log.stream(LogSelection(stream_id=account))) == before

    def test_that_is_strict_writes_nothing_beside_a_bad_row(
        self, ledger: EventSourcedLedger, log: PostgresLog
    ) -> None:
        account = opened(ledger)
        reading = TopstepXExport().read(REAL + b"not,a,trade\r\n")
        assert [fault.place for fault in reading.faults] == [33]
        outcome = import_trades(importing(account, reading, strict=True), ledger, log)
        assert outcome.effect == "withheld"
        assert ledger.load(TradingAccount, account).version == 1

    @pytest.mark.parametrize("close_days", [True, False])
    def test_goes_on_after_another_came_in_between(
        self, ledger: EventSourcedLedger, log: PostgresLog, *, close_days: bool
    ) -> None:
        account = opened(ledger)
        reading = TopstepXExport().read(many(250))
        others = []

        def interfere(done: int) -> None:
            if done == 100:
                other = ImportTrades(
                    account_id=account, reading=reading, at=LATER, close_days=close_days
                )
                others.append(import_trades(other, ledger, log))

        outcome = import_trades(importing(account, reading), ledger, log, told=interfere)
        assert [each.imported for each in others] == [150]
        assert (outcome.imported, outcome.already_recorded, outcome.refused) == (100, 150, ())
        loaded = ledger.load(TradingAccount, account)
        assert loaded.state.net_profit == USD.of("22.52") * 250
        assert (loaded.version, loaded.state.session) == (outcome.version, None)

    def test_loses_a_race_for_a_row_without_a_fault(
        self, ledger: EventSourcedLedger, log: PostgresLog
    ) -> None:
        account = opened(ledger)
        reading = TopstepXExport().read(many(150))
        single = TopstepXExport().read(many(101))
        last = Reading(
            source=single.source, rows=1, trades=single.trades[100:], faults=(), notes=()
        )

        def interfere(done: int) -> None:
            if done == 100:
                import_trades(importing(account, last), ledger, log)

        outcome = import_trades(importing(account, reading), ledger, log, told=interfere)
        # The other closed the day of trade 101, so that the rest of that day comes too late.
        assert (outcome.imported, outcome.already_recorded) == (130, 1)
        assert {fault.code for fault in outcome.refused} == {"trading-day-closed"}

    def test_refuses_a_row_that_differs_from_the_log(
        self, ledger: EventSourcedLedger, log: PostgresLog
    ) -> None:
        account = opened(ledger)
        reading = TopstepXExport().read(REAL)
        import_trades(importing(account, reading), ledger, log)
        changed = TopstepXExport().read(REAL.replace(b",6.48000,-137.5", b",6.49000,-137.5"))
        outcome = import_trades(importing(account, changed), ledger, log)
        assert [(each.place, each.code) for each in outcome.refused] == [
            (2, "already-recorded-differently")
        ]
        assert outcome.already_recorded == 30
