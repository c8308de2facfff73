"""One account in the engine's memory: the levels between which a mark says nothing new."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal

from application.marks.facts import AccountFacts, window_of
from application.marks.mark import Delivery, Mark, Refusal, micros, moment_of
from domain.market.calendar import trading_day_of
from domain.rules.pack import Basis, DailyLoss, MaxLoss, OpenLoss
from domain.rules.timing import flat_deadline

FOREVER: Final = 2**63
JUDGED: Final = ("active", "locked")


@dataclass(frozen=True, slots=True, kw_only=True)
class Jumps:
    """What change of the open profit is believed at once: a part of the starting balance.

    A larger one is believed when so many marks in a row agree with each other within that part.
    """

    percent: int = 50
    confirmations: int = 3


class Watch:
    """The levels of one account, and the last mark that was taken in.

    A mark says nothing new when `since <= at < until`, `low < open_pnl <= high`, and it differs
    from `pnl` by at most `reach`. The hot loop makes exactly these comparisons; all else is decided
    here. `begins` is when what is not closed yet begins; `noted` are the releases that the account
    was told of, as far as is known.
    """

    __slots__ = (
        "_agreeing", "_doubted", "_doubted_at", "_ended", "_ends", "_jumps", "_low", "_opened",
        "_reach", "begins", "facts", "high", "low", "marked_at", "noted", "pnl", "reach", "settled",
        "since", "told", "until", "wake",
    )  # fmt: skip

    def __init__(self, facts: AccountFacts, jumps: Jumps) -> None:
        self._jumps = jumps
        self.pnl = self.marked_at = self.settled = 0
        self._doubted: int | None = None
        self._doubted_at = self._agreeing = 0
        self.told: datetime | None = None
        self.wake: int | None = None
        self.noted: set[str] = set()
        self.renew(facts)

    def renew(self, facts: AccountFacts) -> None:
        """Take on the levels of a newer version; what was marked stays."""
        self.facts = facts
        self.settled = max(self.settled, micros(facts.settled_at))
        self._opened = micros(facts.opened_at)
        self._ended = facts.status == "failed"
        self.noted |= facts.noted
        self.begins, self._ends = self._opened, FOREVER
        if facts.day is not None:
            begins, self._ends = window_of(facts.day)
            self.begins = max(begins, self._opened)
        elif facts.last_closed is not None:
            self.begins = max(window_of(facts.last_closed)[1], self._opened)
        late_from = late_on(facts, facts.day or trading_day_of(moment_of(self.begins)))
        self.until = min(self._ends, late_from)
        self._low, self.high = levels_of(facts)
        self._reach = facts.pack.starting_balance.units * self._jumps.percent // 100
        self.release()

    @property
    def is_open(self) -> bool:
        """Whether the account holds positions that the ledger knows of."""
        return bool(self.facts.open_roots) and not self._ended

    def hold(self) -> None:
        """Let no mark pass as nothing new until `release`: one before it waits for its verdict."""
        self.low = FOREVER

    def release(self) -> None:
        """Compare with the real levels again."""
        self.since = max(self.begins, self.settled, self.marked_at)
        self.low = FOREVER if self._ended else self._low
        self.reach = -1 if self._doubted is not None else self._reach

    def says_nothing_new(self, mark: Mark) -> bool:
        """Whether the account would record nothing for a mark that is not refused."""
        if mark.at >= self._ends or not self._low < mark.open_pnl <= self.high:
            return False
        # Beyond `until` lies more than one day, where none is in progress.
        return mark.at < self.until or not self._is_late(mark)

    def _is_late(self, mark: Mark) -> bool:
        day = trading_day_of(moment_of(mark.at))
        return bool(mark.open_pnl) and mark.at >= late_on(self.facts, day)

    def accept(self, mark: Mark) -> None:
        """Note a mark that was taken in; a stray may be older than the last one."""
        if mark.at >= self.marked_at:
            self.pnl, self.marked_at = mark.open_pnl, mark.at
        self.since = max(self.since, mark.at)

    def refusal(self, mark: Mark) -> Refusal | Literal["decided"] | None:
        """Why a mark is not taken in; None when it is.

        "decided" is not refused: it came again, and the account knows of it or of something later.
        Of a stray only the former is known, where the account has recorded something at its time.
        """
        if self._is_decided(mark):
            return "decided"
        if self._ended:
            return "ended"
        if mark.at < self._opened:
            return "before_opening"
        if mark.at < self.begins:
            return "day_closed"
        if mark.at < self.marked_at and mark.delivery is not Delivery.STRAY:
            return "out_of_order"
        if mark.at < self.settled:
            return "superseded"
        return "impossible_jump" if self._jumps_too_far(mark) else None

    def _is_decided(self, mark: Mark) -> bool:
        match mark.delivery:
            case Delivery.FIRST:
                return False
            case Delivery.AGAIN:
                return mark.at <= self.settled or mark.at < self.marked_at
            case Delivery.STRAY:
                return mark.at == self.settled

    def _jumps_too_far(self, mark: Mark) -> bool:
        far = abs(mark.open_pnl - self.pnl) > self._reach
        if far and self._confirms(mark):
            self._agreeing += 1
        elif far and mark.at != self._doubted_at:
            self._agreeing = 1
        if not far or self._agreeing >= self._jumps.confirmations:
            self._doubted, self._doubted_at, self._agreeing = None, 0, 0
            return False
        self._doubted, self._doubted_at = mark.open_pnl, mark.at
        return True

    def _confirms(self, mark: Mark) -> bool:
        if self._doubted is None or mark.at <= self._doubted_at:
            return False
        return abs(mark.open_pnl - self._doubted) <= self._reach


def levels_of(facts: AccountFacts) -> tuple[int, int]:
    """Open profits above the first and up to the second are no new extreme, cross no floor and are
    worth no warning.
    """
    start, balance, pack = facts.day_start_equity, facts.balance, facts.pack
    high = (facts.session_high if facts.session_high is not None else start) - balance
    low = (facts.session_low if facts.session_low is not None else start) - balance - 1
    if facts.status in JUDGED:
        if pack.max_loss and facts.floor is not None:
            low = max(low, _crossed_from(pack.max_loss, facts.floor, balance))
        daily = pack.daily_loss
        if daily and facts.daily_floor is not None and _may_break(facts, "daily_loss", daily):
            low = max(low, _crossed_from(daily, facts.daily_floor, balance))
        for basis, level in facts.warnings:
            low = max(low, _reached_from(basis, level, balance))
        if facts.open_loss is not None:
            low = max(low, facts.open_loss)
    return low, high


def late_on(facts: AccountFacts, day: date) -> int:
    """From when on a day open profit alone breaks the rule to be flat, in microseconds.

    It does where the platform shows no fills; what the ledger knows to be open is for time to say.
    """
    if facts.open_roots or facts.status not in JUDGED or "flat_by" in facts.violated:
        return FOREVER
    deadline = flat_deadline(facts.pack.session, day)
    return FOREVER if deadline is None else micros(deadline)


def _may_break(facts: AccountFacts, name: str, rule: DailyLoss | OpenLoss) -> bool:
    """Whether it would be a verdict: a rule that ends nothing is told once a day."""
    return rule.effect == "fail" or name not in facts.violated


def _crossed_from(rule: MaxLoss | DailyLoss, floor: int, balance: int) -> int:
    """The highest open profit at which a floor is crossed."""
    strictly = 0 if rule.breach == "at_or_below" else 1
    return _reached_from(rule.basis, floor - strictly, balance)


def _reached_from(basis: Basis, level: int, balance: int) -> int:
    """The highest open profit at which what is compared is at a level, or below it."""
    if basis == "equity":
        return level - balance
    return FOREVER if balance <= level else -FOREVER
