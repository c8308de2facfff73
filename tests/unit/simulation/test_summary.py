"""A small book, and what it came to when its figures were last agreed on.

A change of the simulation or of the rules changes them; look at what changed, then agree anew:
`dynasty simulate --accounts 120 --dry-run --json | python -m json.tool --indent 1`.
"""

import gc
import json
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from application.accounts.commands import OpenAccount
from application.plans.catalogue import program_names
from application.simulation.books import Book
from application.simulation.histories import commands_of, history_of, prices_of
from application.simulation.instruments import INSTRUMENTS
from application.simulation.lives import Life
from application.simulation.temperaments import TEMPERAMENTS
from domain.accounts.account import TradingAccount
from domain.accounts.events import (
    AccountFailed,
    AccountPassed,
    DayLocked,
    DayUnlocked,
    EquityMarked,
    FillRecorded,
    TradeRecorded,
    TradingDayClosed,
)
from domain.accounts.events_corrections import HistoryCorrected, RevisionDecided, VerdictRevised
from domain.accounts.events_payouts import PayoutCancelled, PayoutPaid, PayoutRejected
from domain.money import USD
from interfaces.cli.simulate import simulate

GOLDEN = json.loads((Path(__file__).parents[2] / "golden" / "simulation.json").read_text())
BOOK = Book(seed=1, accounts=120, days=20)

CORRECTING = (HistoryCorrected, VerdictRevised, RevisionDecided)
SETTLING = (PayoutPaid, PayoutRejected, PayoutCancelled)

program = typer.Typer()
program.command()(simulate)


def is_exit(event: Any) -> bool:
    """Whether it leaves what was held when the account passed, or closes the day of that."""
    if isinstance(event, FillRecorded):
        return event.closed_quantity == event.quantity
    return isinstance(event, TradeRecorded | TradingDayClosed | EquityMarked)


def accounts_in_memory() -> int:
    gc.collect()
    return sum(type(each) is TradingAccount for each in gc.get_objects())


@pytest.fixture(scope="module")
def printed() -> dict[str, Any]:
    typed = ("--accounts", "120", "--dry-run", "--json")
    found: dict[str, Any] = json.loads(CliRunner().invoke(program, typed).stdout)
    return found


@pytest.fixture(scope="module")
def histories() -> list[Any]:
    prices = prices_of(BOOK)
    return [history_of(BOOK, number, prices) for number in range(BOOK.accounts)]


class TestBookOfSeedOne:
    @pytest.mark.parametrize("figure", sorted(GOLDEN))
    def test_comes_to_the_figures_that_were_agreed_on(
        self, printed: dict[str, Any], figure: str
    ) -> None:
        assert printed[figure] == GOLDEN[figure]

    def test_has_all_outcomes_and_all_programs(self, printed: dict[str, Any]) -> None:
        assert set(printed["plans"]) == set(program_names())
        assert set(printed["products"]) == set(INSTRUMENTS)
        ends = {"active", "failed: daily_loss", "failed: max_loss"}
        wanted = {f"{phase} {end}" for phase in ("evaluation", "funded") for end in ends}
        assert set(printed["outcomes"]) >= {*wanted, "evaluation passed"}


class TestCommandsOfABook:
    def test_keep_only_the_account_in_hand(self) -> None:
        before = accounts_in_memory()
        commands = commands_of(Book(seed=1, accounts=20, days=2))
        opened = (each for each in commands if isinstance(each, OpenAccount))
        assert next(islice(opened, 19, None)).account_id
        assert accounts_in_memory() - before <= 2


class TestHistory:
    def test_is_over_with_a_failure_but_for_the_books_of_the_day(
        self, histories: list[Any]
    ) -> None:
        """Unless its past is corrected, and a person lets the account live again."""
        revived = 0
        for events in histories:
            has_failed = False
            for event in events:
                if has_failed and isinstance(event, RevisionDecided):
                    has_failed = event.status_after == "failed"
                    revived += not has_failed
                elif has_failed:
                    assert isinstance(event, (TradingDayClosed, *CORRECTING, *SETTLING))
                has_failed = has_failed or isinstance(event, AccountFailed)
        assert revived > 0

    def test_has_no_trading_after_a_pass(self, histories: list[Any]) -> None:
        passed = 0
        for events in histories:
            kinds = [type(event) for event in events]
            if AccountPassed in kinds:
                after = events[kinds.index(AccountPassed) + 1 :]
                passed += 1
                assert all(isinstance(each, CORRECTING) or is_exit(each) for each in after)
        assert passed > 0

    def test_opens_nothing_while_the_day_is_locked(self, histories: list[Any]) -> None:
        locked = False
        locks = 0
        for event in (event for events in histories for event in events):
            locked = (locked or type(event) is DayLocked) and type(event) is not DayUnlocked
            locks += type(event) is DayLocked
            if locked and isinstance(event, FillRecorded):
                assert event.closed_quantity == event.quantity
            if locked and isinstance(event, AccountFailed):
                locked = False
        assert locks > 0

    def test_is_by_fills_or_by_round_trips_never_both(self, histories: list[Any]) -> None:
        kinds = [{type(event) for event in events} for events in histories]
        fills = sum(FillRecorded in each for each in kinds)
        trades = sum(TradeRecorded in each for each in kinds)
        assert fills > 20
        assert trades > 20
        assert not any({FillRecorded, TradeRecorded} <= each for each in kinds)

    def test_holds_over_the_night_now_and_then(self, histories: list[Any]) -> None:
        closes = [
            event for events in histories for event in events if isinstance(event, TradingDayClosed)
        ]
        assert sum(event.open_pnl_units != 0 for event in closes) > 10

    def test_charges_every_execution(self, histories: list[Any]) -> None:
        for event in (event for events in histories for event in events):
            if isinstance(event, FillRecorded | TradeRecorded):
                assert USD(event.fees_units) >= USD.of("0.26")


def test_every_temperament_is_there() -> None:
    prices = prices_of(BOOK)
    drawn = {Life(BOOK, number, prices).trader.temperament.name for number in range(BOOK.accounts)}
    assert drawn == {each.name for each in TEMPERAMENTS}
