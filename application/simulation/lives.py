"""One account's life: what its trader does, day after day, until the account is over."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from application.accounts.commands import NoteRelease, OpenAccount
from application.simulation.aftermath import Aftermath
from application.simulation.books import Book
from application.simulation.chance import Chance
from application.simulation.desk import Desk
from application.simulation.driving import AccountCommand
from application.simulation.ideas import Moment, Order, draw_idea
from application.simulation.instruments import SLOT_SECONDS
from application.simulation.legs import Idea, Leg, worth_of
from application.simulation.news import releases_on
from application.simulation.prices import Prices
from application.simulation.reporting import Platform
from application.simulation.traders import Trader, draw_funded, draw_trader
from domain.accounts.account import TradingAccount
from domain.market.calendar import session_close, session_open

_DAY_SESSION: Final = (186, 262)
"""The slots from 08:30 in Chicago, when most trading is done."""

_DAY_SESSION_PERMILLE: Final = 780
_LATEST_SECOND: Final = 240
_VOIDED_PERMILLE: Final = 3
_SECONDS_TO_VOID: Final = 20
_LATE_PERMILLE: Final = 1
_DAYS_TO_ACTIVATE: Final = 3


class Life:
    """Drawn from the seed and the account's number; how many other accounts there are is no part
    of it. Commands are carried out on `account` as they are answered.

    What the trader may do is read from the account: an ended one is left alone, a locked one waits
    for the next session. Any other refusal is a fault of the simulation, and is raised.
    """

    def __init__(
        self, book: Book, number: int, prices: Prices, *, funded: tuple[Trader, int] | None = None
    ) -> None:
        name = "account" if funded is None else "funded"
        self._book, self._number, self._prices = book, number, prices
        self._chance = Chance(book.seed, name, number)
        self.trader, self._first = funded or (draw_trader(self._chance, plan=book.plan), 0)
        self.account_id = book.account_id(number) if funded is None else book.funded_id(number)
        self._platform = Platform(self.account_id, self.trader.reporting)
        self._desk = Desk(self._platform, Chance(book.seed, name, number, "desk"))
        self._aftermath = Aftermath(self._platform, Chance(book.seed, name, number, "aftermath"))
        self._idea: Idea | None = None
        self._day_of_end: int | None = None

    @property
    def account(self) -> TradingAccount:
        """The account as it stands after the last command."""
        return self._platform.account

    def funded(self) -> Life | None:
        """The life of the account that follows a pass; None when there is none (yet)."""
        is_evaluation = self.trader.pack.phase == "evaluation"
        if not is_evaluation or self._day_of_end is None or self.account.state.status != "passed":
            return None
        chance = Chance(self._book.seed, "pass", self._number)
        trader = draw_funded(chance, self.trader)
        first = self._day_of_end + chance.between(1, _DAYS_TO_ACTIVATE)
        if trader is None or first >= len(self._book.trading_days):
            return None
        return Life(self._book, self._number, self._prices, funded=(trader, first))

    def commands(self) -> Iterator[AccountCommand]:
        """Everything that is asked of the account, in the order of time."""
        days = self._book.trading_days
        yield self._platform.open(
            OpenAccount(
                account_id=self.account_id,
                trader_id=self._book.trader_id(self._number),
                plan=self.trader.plan,
                pack=self.trader.pack,
                at=session_open(days[self._first]),
            )
        )
        for day in range(self._first, len(days)):
            yield from self._day(day)
            if self._is_over:
                self._day_of_end = day
                return

    @property
    def _is_over(self) -> bool:
        state = self.account.state
        if self._idea or self._aftermath.is_pending or self._desk.is_needed:
            return False
        return state.status == "passed" or (state.status == "failed" and state.session is None)

    def _day(self, day: int) -> Iterator[AccountCommand]:
        date = self._book.trading_days[day]
        yield from self._morning(day)
        was_alive = not self._failed
        if was_alive:
            yield from self._session(day)
        yield from self._desk.work(date, session_close(date), flat=not self._idea)
        if self._failed:
            self._idea = None  # The platform closes what is open, and the books take no more.
            if was_alive:
                self._aftermath.dispute()
        worth = None
        if self._idea:
            worth = worth_of(self._idea.legs, self._prices, day=day, slot=self._prices.slots(day))
        session = self.account.state.session
        if not self._failed or (session and session.day == date):
            yield self._platform.close(date, worth)

    def _morning(self, day: int) -> Iterator[AccountCommand]:
        """What is told before anybody trades."""
        date, at = self._book.trading_days[day], self._moment(day, 0, 0)
        yield from self._aftermath.tell(at)
        if not self._failed:
            yield from self._desk.move(at)
        if not self._failed and self.account.state.pack.news:
            for release in releases_on(date):
                yield self._platform.tell(
                    NoteRelease(account_id=self.account_id, release=release, at=at)
                )

    def _session(self, day: int) -> Iterator[AccountCommand]:
        free = 0
        if self._idea and self.account.state.status == "passed":
            yield from self._leave(self._idea, day, 0)
        elif self._idea:
            free = yield from self._hold(self._idea, day, 0)
        for slot in self._entries(day):
            if self.account.state.status != "active" or self._has_had_enough:
                return
            if self._desk.freezes:
                return
            now = Moment(prices=self._prices, day=day, slot=slot)
            drawn = draw_idea(self._chance, self.trader, now) if slot >= free else None
            if drawn:
                self._idea, orders = drawn
                self._forget_to_report(self._idea)
                yield from self._enter(self._idea, orders, now)
                free = yield from self._hold(self._idea, day, slot)

    def _entries(self, day: int) -> Sequence[int]:
        """The slots in which the trader looks for something to do."""
        chance, kind = self._chance, self.trader.temperament
        if not chance.happens(kind.trades_permille):
            return ()
        last = self._prices.slots(day) - 3
        first, end = _DAY_SESSION
        found = []
        for _ in range(chance.between(*kind.ideas)):
            by_day = chance.happens(_DAY_SESSION_PERMILLE) and last > first
            found.append(
                chance.between(first, min(end, last)) if by_day else chance.between(1, last)
            )
        return sorted(found)

    def _enter(self, idea: Idea, orders: Sequence[Order], now: Moment) -> Iterator[AccountCommand]:
        second = self._second()
        for part, (instrument, quantity) in enumerate(orders):
            if self._failed:
                return
            spread = self._chance.below(2) if quantity > 0 else -self._chance.below(2)
            price = self._prices.at(instrument, now.day, now.slot, second)
            leg = Leg(
                instrument=instrument,
                symbol=instrument.front(self._book.trading_days[now.day]),
                quantity=quantity,
                ticks=price + spread,
                entered_at=self._moment(now.day, now.slot, second + part),
                day=now.day,
            )
            yield from self._platform.enter(idea, leg)

    def _hold(self, idea: Idea, day: int, slot: int) -> Generator[AccountCommand, None, int]:
        """Watch what is open until it is left or the day is over. Answers the next free slot."""
        end, every = self._end_of(idea, day), self.trader.temperament.mark_every
        if not idea.slots_left:
            yield from self._leave(idea, day, slot, soon=True)
            return slot + 1
        for at in range(slot + 1, end):
            if self._failed:
                return end
            idea.slots_left -= 1
            worth = worth_of(idea.legs, self._prices, day=day, slot=at)
            leaves = idea.is_over(worth) or (at == end - 1 and not idea.overnight)
            if not idea.is_late and (leaves or at % every == 0):
                yield self._platform.mark(worth, self._moment(day, at, 0))
            if leaves or self.account.state.status == "locked":
                yield from self._leave(idea, day, at)
                return at + 1
            if not self._failed:
                now = Moment(prices=self._prices, day=day, slot=at)
                yield from self._adjust(idea, worth + idea.banked, now)
        return end

    def _adjust(self, idea: Idea, total: int, now: Moment) -> Iterator[AccountCommand]:
        """Take a part of the profit, or buy more of what is losing: once an idea."""
        if idea.scales_out and len(idea.legs) > 1 and total * 2 >= idea.target_units:
            idea.scales_out = False
            yield from self._leave_leg(idea, idea.legs[0], now, self._second())
        elif idea.doubles_down and total * 2 <= -idea.stop_units:
            idea.doubles_down = False
            first = idea.legs[0]
            yield from self._enter(idea, [(first.instrument, first.quantity)], now)

    def _leave(
        self, idea: Idea, day: int, slot: int, *, soon: bool = False
    ) -> Iterator[AccountCommand]:
        """Close all legs, `soon` within the slot in which they were entered."""
        now = Moment(prices=self._prices, day=day, slot=slot)
        second = _LATEST_SECOND + 10 if soon else self._second()
        for part, leg in enumerate(tuple(idea.legs)):
            if self._failed:
                return
            yield from self._leave_leg(idea, leg, now, second + part)
        self._idea = None
        is_whole = self.trader.reporting == "trades" or idea.first_day == day
        voided = is_whole and self._chance.happens(_VOIDED_PERMILLE)
        if not voided or idea.is_late:
            self._aftermath.keep(idea, is_whole=is_whole)
        else:
            yield from self._void(idea, self._moment(day, slot, second + _SECONDS_TO_VOID))

    def _leave_leg(
        self, idea: Idea, leg: Leg, now: Moment, second: int
    ) -> Iterator[AccountCommand]:
        ticks = self._prices.at(leg.instrument, now.day, now.slot, second)
        yield from self._platform.leave(
            idea,
            leg,
            ticks=ticks + self._chance.between(-1, 1),
            at=self._moment(now.day, now.slot, second),
        )

    def _void(self, idea: Idea, at: datetime) -> Iterator[AccountCommand]:
        """The last execution first, so that nothing is ever closed that was not open."""
        for report in reversed(idea.reports):
            if self._failed:
                return
            yield self._platform.take_back(report, at)

    def _forget_to_report(self, idea: Idea) -> None:
        """Now and then the feed is down, and what was traded comes the next morning."""
        idea.is_late = self._chance.happens(_LATE_PERMILLE)
        idea.overnight = idea.overnight and not idea.is_late

    def _end_of(self, idea: Idea, day: int) -> int:
        """The first slot of a day in which what is held trades no longer."""
        slots = self._prices.slots(day)
        hours = [leg.instrument.hours(slots) for leg in idea.legs]
        return min((each.stop for each in hours if each), default=slots)

    def _second(self) -> int:
        return self._chance.between(5, _LATEST_SECOND)

    def _moment(self, day: int, slot: int, second: int) -> datetime:
        opening = session_open(self._book.trading_days[day])
        return opening + timedelta(seconds=slot * SLOT_SECONDS + second)

    @property
    def _failed(self) -> bool:
        return self.account.state.status == "failed"

    @property
    def _has_had_enough(self) -> bool:
        permille = self.trader.temperament.day_stop_permille
        if permille is None:
            return False
        lost = -self.account.state.day_net.units
        return lost * 1_000 >= self.trader.allowance.units * permille
