"""An account as the read models see it: its state, and the few counts that no rule needs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import Final, NamedTuple, TypeAlias, cast
from uuid import UUID

from application.log import RecordedEvent
from domain.accounts.events import (
    AccountEvent,
    AccountOpened,
    DayLocked,
    EquityMarked,
    FillRecorded,
    FillVoided,
    ResultRecorded,
    RuleViolated,
    TradeRecorded,
    TradeVoided,
    TradingDayClosed,
)
from domain.accounts.events_corrections import HistoryCorrected
from domain.accounts.events_packs import PackChanged
from domain.accounts.events_payouts import PayoutPaid
from domain.accounts.evolve import begin, evolve
from domain.accounts.evolve_payouts import is_winning
from domain.accounts.judging import floor_left, floor_left_units
from domain.accounts.settled import settled_after
from domain.accounts.state import AccountState
from domain.money import USD

Judged: TypeAlias = (
    TradeRecorded
    | FillRecorded
    | ResultRecorded
    | TradeVoided
    | FillVoided
    | EquityMarked
    | PayoutPaid
)
"""After these an account is compared with its floors."""

_JUDGED: Final[Mapping[type[AccountEvent], int]] = {
    **dict.fromkeys((TradeRecorded, FillRecorded, ResultRecorded), 1),
    **dict.fromkeys((TradeVoided, FillVoided), -1),
    **dict.fromkeys((EquityMarked, PayoutPaid), 0),
}
"""Each, with by how many the account's executions grow."""


class DayEnd(NamedTuple):
    """What the fold knows of a trading day that its closing event does not say.

    `closest` is the least money to the floor at any judged moment; `drawdown` is how far the
    closing balance lies below the highest one.
    """

    violations: int
    winning: bool
    closest: USD | None
    drawdown: USD


_NO_DAY: Final[Mapping[date, int]] = MappingProxyType({})


class Moment(NamedTuple):
    """An account right after one event; `day_end` when the event closed a trading day.

    `violations` are those of days that a correction closed, where any were pronounced.
    """

    trader_id: UUID
    balance: USD
    day_end: DayEnd | None = None
    violations: Mapping[date, int] = _NO_DAY


class AccountFold:
    """One account, folded event by event. `closest` is the least money to the floor ever judged;
    `moved` says that it was moved to another pack, in force yet or not. `violations` are counted by
    day, until it closes.
    """

    __slots__ = (
        "_moment", "closest", "closest_day", "day_closest", "last_effective_at", "locked_until",
        "moved", "opened", "opened_position", "position", "settled_at", "state", "trades_count",
        "version", "violations", "violations_count",
    )  # fmt: skip

    def __init__(self, opened: AccountOpened, *, position: int) -> None:
        self.opened, self.opened_position = opened, position
        self.state: AccountState = begin(opened)
        self.version, self.position = opened.originator_version, position
        self.last_effective_at: datetime = opened.timestamp
        self.settled_at: datetime = opened.timestamp
        self.trades_count = self.violations_count = 0
        self.violations: Counter[date] = Counter()
        self.day_closest: USD | None = None
        self.closest: USD | None = None
        self.closest_day: date | None = None
        self.locked_until: datetime | None = None
        self.moved = False
        self._moment = Moment(self.state.trader_id, self.state.balance)

    @property
    def account_id(self) -> UUID:
        """Its stream."""
        return self.opened.originator_id

    def goes_on_with(self, recorded: RecordedEvent) -> bool:
        """Whether this is the next event of its stream."""
        return (
            recorded.stream_version == self.version + 1
            # An identifier is compared, and found by its hash, ten times as slowly as its number.
            and recorded.stream_id.int == self.opened.originator_id.int
        )

    def moment(self) -> Moment:
        """The figures that rows of single events show."""
        balance = self.state.balance
        if balance is not self._moment.balance:
            self._moment = Moment(self.state.trader_id, balance)
        return self._moment

    def take_in(self, event: AccountEvent, *, position: int) -> Moment:
        """Fold the next event of the stream, whichever it is but the first."""
        assert event.originator_version == self.version + 1, "a stream is folded without holes"
        state = self.state
        self.version, self.position = event.originator_version, position
        at = self.last_effective_at = event.timestamp
        executions = _JUDGED.get(type(event))
        if executions is None:
            return self._take_in(event)
        self.settled_at = max(self.settled_at, at)
        left_before = floor_left(state) if state.session is None else None
        evolve(state, event)
        if left_before is not None and state.session is not None:
            self.day_closest = left_before
        self.trades_count += executions
        self._note_distance(cast("Judged", event).trading_day)
        return self.moment()

    def _take_in(self, event: AccountEvent) -> Moment:
        """An event after which nothing is compared with a floor."""
        self.settled_at = settled_after(self.settled_at, event)
        if isinstance(event, TradingDayClosed):
            return self._end_day(event)
        state = self.state
        left_before = floor_left(state) if state.session is None else None
        evolve(state, event)
        if left_before is not None and state.session is not None:
            self.day_closest = left_before
        self._count(event)
        if isinstance(event, HistoryCorrected):
            return Moment(state.trader_id, state.balance, None, self._closed_by(event))
        return self.moment()

    def _closed_by(self, event: HistoryCorrected) -> dict[date, int]:
        days = (date.fromisoformat(each["trading_day"]) for each in event.days if each["after"])
        return {day: self.violations.pop(day) for day in days if day in self.violations}

    def _end_day(self, event: TradingDayClosed) -> Moment:
        state, violations = self.state, self.violations.pop(event.trading_day, 0)
        winning = is_winning(state)
        closest = self.day_closest if state.session is not None else floor_left(state)
        evolve(state, event)
        self.day_closest = None
        ended = DayEnd(violations, winning, closest, state.highest_close - state.balance)
        return Moment(state.trader_id, state.balance, ended)

    def _count(self, event: AccountEvent) -> None:
        if isinstance(event, RuleViolated):
            self.violations_count += 1
            self.violations[event.trading_day] += 1
        elif isinstance(event, DayLocked):
            self.locked_until = event.until
        elif isinstance(event, PackChanged):
            self.moved = True
        elif isinstance(event, HistoryCorrected):
            self._restate(event)

    def _restate(self, event: HistoryCorrected) -> None:
        self.trades_count += (event.put_in is not None) - (event.taken_out is not None)
        closest, day = event.after["closest_units"], event.after["closest_day"]
        today = event.after["closest_today_units"]
        self.closest = None if closest is None else USD(closest)
        self.closest_day = None if day is None else date.fromisoformat(day)
        self.day_closest = None if today is None else USD(today)

    def _note_distance(self, day: date) -> None:
        left = floor_left_units(self.state, judged=True)
        if left is None:
            return
        if self.day_closest is None or left < self.day_closest.units:
            self.day_closest = USD(left)
        if self.closest is None or left < self.closest.units:
            self.closest, self.closest_day = USD(left), day
