"""A book of sixty days is one that the firm could have: rates, hours, fees and what happens."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from application.plans.catalogue import program
from application.simulation.books import Book
from application.simulation.histories import lives_of, prices_of
from application.simulation.instruments import INSTRUMENTS
from application.simulation.lives import Life
from application.simulation.news import months_of, releases_of, releases_on
from application.simulation.tally import Tally
from domain.accounts import events, events_corrections, events_payouts
from domain.accounts.events import AccountEvent, AccountOpened, FillRecorded, TradeRecorded
from domain.accounts.events_packs import PackChanged
from domain.accounts.events_payouts import PayoutPaid, PayoutRejected, PayoutRequested
from domain.accounts.events_warnings import LimitApproached
from domain.kernel import Event
from domain.market.calendar import is_trading_day
from domain.market.sessions import CHICAGO
from domain.money import USD

BOOK = Book(seed=1, accounts=120, days=60)
NOT_TOLD = {events.ResultRecorded}  # The simulated platform shows every trade.


@dataclass
class Told:
    """The histories of a book and what they come to."""

    tally: Tally = field(default_factory=Tally)
    lives: list[tuple[Life, Sequence[Event]]] = field(default_factory=list)

    def of(self, kind: type[Any]) -> Iterator[Any]:
        """All events of a kind."""
        return (each for _, told in self.lives for each in told if isinstance(each, kind))

    def share(self, phase: str, outcome: str) -> int:
        """How many of a thousand accounts of a phase ended so, or stand so."""
        counts = {name: n for name, n in self.tally.outcomes.items() if name.startswith(phase)}
        wanted = sum(n for name, n in counts.items() if outcome in name)
        return wanted * 1_000 // sum(counts.values())


@pytest.fixture(scope="module")
def told() -> Told:
    found, prices = Told(), prices_of(BOOK)
    for number in range(BOOK.accounts):
        for follows, life in enumerate(lives_of(BOOK, number, prices)):
            for _ in life.commands():
                pass
            recorded = life.account.collect_events()
            found.tally.count(recorded)
            found.tally.finish(
                life.account.state, account_id=life.account_id, follows=bool(follows)
            )
            found.lives.append((life, recorded))
    return found


class TestBookOfSixtyDays:
    def test_has_every_kind_of_event_that_a_platform_and_a_desk_can_cause(self, told: Told) -> None:
        every = {
            *AccountEvent.__args__, *events_payouts.PayoutEvent.__args__,
        }  # fmt: skip
        kinds = {type(event) for _, recorded in told.lives for event in recorded}
        assert {each for each in every if isinstance(each, type)} - NOT_TOLD == kinds

    def test_passes_and_fails_evaluations_at_plausible_rates(self, told: Told) -> None:
        assert 80 <= told.share("evaluation", "passed") <= 250
        assert 250 <= told.share("evaluation", "failed") <= 600
        assert 250 <= told.share("funded", "failed") <= 650

    def test_pays_some_of_the_funded_traders_plausible_amounts(self, told: Told) -> None:
        funded = sum(life.trader.pack.phase == "funded" for life, _ in told.lives)
        paid = {each.originator_id for each in told.of(PayoutPaid)}
        assert 100 <= len(paid) * 1_000 // funded <= 450
        for asked in told.of(PayoutRequested):
            assert USD.of("250.00") <= USD(asked.amount_units) <= USD.of("5000.00")
        rejected = sum(1 for _ in told.of(PayoutRejected))
        assert rejected * 4 < sum(1 for _ in told.of(PayoutRequested))

    def test_gives_a_funded_account_to_most_who_pass_and_to_nobody_else(self, told: Told) -> None:
        passed = told.tally.outcomes["evaluation passed"]
        assert passed // 2 < told.tally.followed <= passed
        ids = {life.account_id for life, _ in told.lives}
        for number in range(BOOK.accounts):
            if BOOK.funded_id(number) in ids:
                opened = next(each for each in told.of(AccountOpened)
                              if each.originator_id == BOOK.funded_id(number))  # fmt: skip
                assert opened.phase == "funded"
                assert opened.trader_id == BOOK.trader_id(number)
                assert opened.plan in program(opened.plan).name

    def test_corrects_few_accounts_and_leaves_some_outcomes_to_a_person(self, told: Told) -> None:
        corrected = {each.originator_id for each in told.of(events_corrections.HistoryCorrected)}
        assert 20 <= len(corrected) * 1_000 // told.tally.accounts <= 350
        assert set(told.tally.corrections) == {"late", "void", "replacement"}
        assert {"applied", "dismissed"} <= set(told.tally.revisions)
        assert 0 < sum(1 for _ in told.of(PackChanged)) < told.tally.accounts // 10
        assert sum(1 for _ in told.of(LimitApproached)) > told.tally.accounts

    def test_trades_every_product_and_charges_each_its_fee(self, told: Told) -> None:
        seen = Counter[str]()
        for each in told.of(FillRecorded | TradeRecorded):  # type: ignore[arg-type]
            sides = 2 if isinstance(each, TradeRecorded) else 1
            fee = INSTRUMENTS[each.root].fee * (each.quantity * sides)
            assert USD(each.fees_units) == fee
            seen[each.root] += 1
        assert set(seen) == set(INSTRUMENTS)

    def test_has_results_of_round_trips_with_tails_fatter_than_normal(self, told: Told) -> None:
        """Beyond four mean deviations lie less than 2 of 1,000 normal values."""
        net = [each.gross_units - each.fees_units for each in told.of(TradeRecorded)]
        mean = sum(net) // len(net)
        deviation = sum(abs(each - mean) for each in net) // len(net)
        beyond = sum(abs(each - mean) > 4 * deviation for each in net)
        assert len(net) > 2_000
        assert beyond * 1_000 > 10 * len(net)

    def test_trades_most_while_new_york_does_and_never_in_the_break(self, told: Told) -> None:
        hours = Counter[int](
            each.entered_at.astimezone(CHICAGO).hour for each in told.of(TradeRecorded)
        )
        by_day = sum(hours[hour] for hour in range(8, 16))
        assert hours[16] == 0
        assert by_day * 2 > hours.total()
        assert len(hours) == 23


class TestNews:
    def test_comes_at_its_usual_hours(self) -> None:
        hours = {
            (each.title, f"{each.released_at.astimezone(CHICAGO):%H:%M}")
            for month in months_of(Book(seed=1, accounts=1, days=250).trading_days)
            for each in releases_of(month)
        }
        assert hours == {
            ("Employment situation", "07:30"),
            ("Consumer price index", "07:30"),
            ("FOMC rate decision", "13:00"),
            ("Crude oil inventories", "09:30"),
        }

    @pytest.mark.parametrize(
        ("day", "names"),
        [
            (date(2026, 1, 28), {"fomc", "crude"}),
            (date(2026, 2, 6), {"jobs"}),
            (date(2026, 3, 11), {"cpi", "crude"}),
            (date(2026, 3, 18), {"fomc", "crude"}),
            (date(2026, 4, 3), {"jobs"}),  # Good Friday, with a short session for it.
            (date(2021, 1, 1), set()),  # New Year's Day: the jobs report comes on Monday.
            (date(2021, 1, 4), {"jobs"}),
        ],
    )
    def test_comes_on_its_usual_days(self, day: date, names: set[str]) -> None:
        assert {each.release_id.split("-")[1] for each in releases_on(day)} == names

    def test_moves_the_market_more_than_the_slot_before(self) -> None:
        book = Book(seed=1, accounts=1, days=500)
        prices, market = prices_of(book), INSTRUMENTS["ES"].market
        moved = Counter[str]()
        for number, day in enumerate(book.trading_days):
            for each in releases_on(day):
                if each.impact == "high":
                    path = prices.path(market, number)
                    slot = _slot(day, each.released_at)
                    moved["news"] += abs(path[slot + 1] - path[slot])
                    moved["before"] += abs(path[slot] - path[slot - 1])
        assert moved["news"] > 2 * moved["before"] > 0

    def test_falls_on_trading_days_only(self) -> None:
        for month in months_of(Book(seed=1, accounts=1, days=1_000).trading_days):
            days = [each.released_at.astimezone(CHICAGO).date() for each in releases_of(month)]
            assert all(map(is_trading_day, days))
            assert sorted(days) == days


def _slot(day: date, at: datetime) -> int:
    opened = datetime.combine(day - timedelta(days=1), datetime.min.time(), CHICAGO)
    return int((at - opened.replace(hour=17)).total_seconds()) // 300
