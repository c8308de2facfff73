"""A corrected history told from its beginning, past every outcome, to the end.

Unlike an account it goes on after it failed: what was traded then was traded, and the outcome
awaits a person. Payouts and moves to another pack are facts: money that left is gone, whether or
not the rules would allow it now.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from domain.accounts.events import (
    AccountEvent,
    AccountFailed,
    AccountOpened,
    AccountPassed,
    FillRecorded,
    RuleViolated,
    TradingDayClosed,
)
from domain.accounts.events_packs import PackChanged
from domain.accounts.events_payouts import (
    PayoutApproved,
    PayoutCancelled,
    PayoutPaid,
    PayoutRejected,
    PayoutRequested,
)
from domain.accounts.evolve_payouts import would_win
from domain.accounts.judging import floor_left, judged_left
from domain.accounts.payouts import answer_request
from domain.accounts.retelling import retell
from domain.errors import DomainError
from domain.money import USD

if TYPE_CHECKING:
    from domain.accounts.account import TradingAccount

PAYOUTS: Final = (
    PayoutRequested, PayoutApproved, PayoutRejected, PayoutCancelled, PayoutPaid,
)  # fmt: skip
_ENVELOPE: Final = frozenset({"originator_id", "originator_version", "timestamp"})


@dataclass(slots=True)
class Restated:
    """What a corrected history comes to. `closest` is the least money to the floor by day,
    `fills` are what each fill realises (units) and closes, `ended_on` is the trading day on which
    the account would have failed.
    """

    account: TradingAccount
    verdicts: list[RuleViolated | AccountPassed] = field(default_factory=list)
    unearned: list[PayoutRequested] = field(default_factory=list)
    days: dict[date, dict[str, Any]] = field(default_factory=dict)
    closest: dict[date, USD] = field(default_factory=dict)
    fills: dict[str, tuple[int, int]] = field(default_factory=dict)
    refusals: list[DomainError] = field(default_factory=list)
    ended_on: date | None = None

    def tell(self, report: AccountEvent) -> None:
        """Tell one more report. What is refused changes nothing, and is kept."""
        # Evidence names versions of the real stream, where reports have these.
        self.account.version = report.originator_version - 1
        over, state = self.account.outlived is not None, self.account.state
        start = floor_left(state)
        try:
            if isinstance(report, (*PAYOUTS, PackChanged)):
                self._book(report)
            else:
                retell(self.account, report, ())
        except DomainError as refusal:
            self.refusals.append(refusal)
        self._note_closest(start)
        for made in self.account.collect_events():
            if isinstance(made, TradingDayClosed):
                self.days[made.trading_day] = self._day(made)
            elif isinstance(made, RuleViolated | AccountPassed) and not over:
                self.verdicts.append(made)
            elif isinstance(made, FillRecorded):
                self.fills[made.fill_id] = made.realised_units, made.closed_quantity
            elif isinstance(made, AccountFailed):
                self.ended_on = made.trading_day

    def _note_closest(self, start: USD | None) -> None:
        """The least money to the floor at any judged moment of a day, its start included."""
        session, left = self.account.state.session, judged_left(self.account.state)
        if session is None:
            return
        known = [each for each in (self.closest.get(session.day, start), left) if each is not None]
        if known:
            self.closest[session.day] = min(known)

    def _day(self, event: TradingDayClosed) -> dict[str, Any]:
        closest, state = self.closest.get(event.trading_day), self.account.state
        return {
            **day_figures(event),
            "closest_units": closest.units if closest is not None else event_left(event),
            "drawdown_units": state.highest_close.units - event.closing_balance_units,
            "winning": would_win(state.pack, net=USD(event.net_units), traded=event.traded),
        }

    def _book(self, payout: AccountEvent) -> None:
        self.account.pass_time(payout.effective_at)
        if isinstance(payout, PayoutRequested):
            amount, state = USD(payout.amount_units), self.account.state
            if not answer_request(state, amount=amount, at=payout.effective_at).allowed:
                self.unearned.append(payout)
        facts = {name: held for name, held in vars(payout).items() if name not in _ENVELOPE}
        self.account.record(type(payout), at=payout.effective_at, **facts)


def restated(reports: Sequence[AccountEvent], kind: type[TradingAccount]) -> Restated:
    """Tell all reports, the opening first, to a new account of this `kind`."""
    ((_, found),) = deque(retold(reports, kind), maxlen=1)
    return found


def retold(
    reports: Sequence[AccountEvent], kind: type[TradingAccount]
) -> Iterator[tuple[AccountEvent, Restated]]:
    """The same, report by report: each with the one thing that the history comes to, as it is
    right after it.
    """
    opened = reports[0]
    assert isinstance(opened, AccountOpened), "a history begins with its opening"
    account = kind(opened.originator_id, opened.effective_at)
    account.outlives_failure, account.warns = True, False
    account.when(opened)
    account.version = opened.originator_version
    found = Restated(account)
    yield opened, found
    for report in reports[1:]:
        found.tell(report)
        yield report, found


def event_left(event: TradingDayClosed) -> int | None:
    """Money to the floor on a day on which nothing was judged, in units."""
    if event.floor_units is None:
        return None
    return max(0, event.opening_balance_units - event.floor_units)


def day_figures(event: TradingDayClosed) -> dict[str, Any]:
    """The figures of a closed day, as a correction shows them; amounts in units."""
    return {
        "opening_balance_units": event.opening_balance_units,
        "net_units": event.net_units,
        "closing_balance_units": event.closing_balance_units,
        "open_pnl_units": event.open_pnl_units,
        "high_equity_units": event.high_equity_units,
        "low_equity_units": event.low_equity_units,
        "floor_units": event.floor_units,
        "next_floor_units": event.next_floor_units,
        "executions": event.executions,
        "traded": event.traded,
    }
