"""Running a scenario on the aggregate that judges live accounts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast
from uuid import UUID

from application.scenarios.expectation import Failure, failures_of
from application.scenarios.format import Scenario
from application.scenarios.results import result_of
from application.scenarios.steps import (
    Action,
    CloseStep,
    DayStep,
    EquityStep,
    FillStep,
    NewsStep,
    OrderStep,
    PayoutStep,
    Step,
    TradeStep,
    VoidStep,
    opened_at,
)
from domain.accounts.account import TradingAccount
from domain.accounts.errors import AccountEnded
from domain.accounts.events import AccountEvent, RuleViolated
from domain.accounts.orders import OrderAnswer, answer_order
from domain.accounts.payouts import answer_request, process_on
from domain.accounts.state import AccountState
from domain.accounts.trial import at_moment, on_day
from domain.documents import Unreadable
from domain.errors import DomainError
from domain.market.calendar import session_close, session_open
from domain.market.releases import Release
from domain.money import USD

_ACCOUNT = UUID(int=1)
_TRADER = UUID(int=2)
_EPOCH = datetime(2020, 1, 2, 18, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a scenario came to."""

    title: str
    failures: list[Failure]
    steps: list[dict[str, Any]]

    @property
    def ok(self) -> bool:
        """Whether every expectation holds."""
        return not self.failures


def run_scenario(scenario: Scenario) -> Outcome:
    """Run all steps. A step that cannot happen is refused as Unreadable, named by its pointer."""
    run = _Run(scenario)
    failures: list[Failure] = []
    results = []
    for number, step in enumerate(scenario.steps):
        result = run.take(number, step)
        results.append(result)
        if step.expect is not None:
            failures += failures_of(number, step.expect, result)
    return Outcome(title=scenario.title, failures=failures, steps=results)


class _Run:
    """One account on its way through the steps."""

    def __init__(self, scenario: Scenario) -> None:
        self.account = TradingAccount.open(
            account_id=_ACCOUNT,
            trader_id=_TRADER,
            plan="scenario",
            pack=scenario.pack,
            at=opened_at(scenario.steps) or _EPOCH,
        )
        self.events: list[AccountEvent] = []
        self._keep()
        self.payouts = 0
        # A mark that set no extreme is no fact of the ledger, but it is shown until the next fact.
        self.shown_pnl: USD | None = None

    def take(self, number: int, step: Step) -> dict[str, Any]:
        """One step and its result."""
        ignored = self.account.state.status == "failed"
        try:
            order, payout = self._answer(step.action)
            if not ignored:
                self._act(number, step.action)
        except AccountEnded:
            ignored = True  # Time alone ended the account before this could happen.
        except DomainError as refusal:
            raise Unreadable.at(f"{step.place.pointer}/{step.kind}", refusal.sentence) from refusal
        violations = [event for event in self._keep() if isinstance(event, RuleViolated)]
        state = self._seen_by(step.action)
        turned = state is not self.account.state
        return result_of(
            number=number,
            state=state,
            shown_pnl=None if turned and not state.lots else self.shown_pnl,
            day=step.action.day,
            violations=violations,
            order=order,
            payout=payout,
            ignored=ignored,
        )

    def _keep(self) -> Sequence[AccountEvent]:
        """The events of the step, kept: a correction needs the whole history."""
        new = cast("Sequence[AccountEvent]", self.account.collect_events())
        self.events += new
        return new

    def _history(self) -> Sequence[AccountEvent]:
        pending = cast("Sequence[AccountEvent]", self.account.pending_events)
        return [*self.events, *pending]

    def _seen_by(self, action: Action) -> AccountState:
        """The state that a step shows: a question sees what time has broken until it is asked."""
        match action:
            case NewsStep():
                return self.account.state
            case OrderStep():
                return at_moment(self.account.state, action.at)
            case _:
                return on_day(self.account.state, action.day)

    def _answer(self, action: Action) -> tuple[OrderAnswer | None, dict[str, Any] | None]:
        """What a question is answered, before anything happens."""
        state = self.account.state
        match action:
            case OrderStep():
                return answer_order(state, action.order, at=action.at), None
            case PayoutStep():
                return None, _payout_document(state, action)
            case _:
                return None, None

    def _act(self, number: int, action: Action) -> None:
        account = self.account
        if isinstance(action, OrderStep):
            return
        if isinstance(action, NewsStep):
            account.note_release(_release(number, action), at=account.modified_on)
            return
        self._end_day_before(action.day)
        match action:
            case PayoutStep():
                self._pay_out(action)
                return
            case EquityStep():
                account.mark_equity(open_pnl=action.open_pnl, at=action.at)
                self.shown_pnl = action.open_pnl
                return
            case TradeStep():
                account.record_trade(action.trade, self._history)
            case FillStep():
                account.record_fill(action.fill, self._history)
            case DayStep():
                self._whole_day(number, action)
            case CloseStep():
                self._close(action.day, open_pnl=action.open_pnl)
            case VoidStep():
                account.void(id=action.id, at=action.at, reason="scenario", history=self._history)
        self.shown_pnl = None

    def _end_day_before(self, day: date) -> None:
        session = self.account.state.session
        if session and session.day < day:
            self._close(session.day, open_pnl=None)
            self.shown_pnl = None

    def _close(self, day: date, *, open_pnl: USD | None) -> None:
        """Lots that stay open keep the open profit told last, a fact of the ledger or not."""
        if open_pnl is None and self.account.state.lots:
            open_pnl = self.shown_pnl
        self.account.close_day(day=day, at=session_close(day), open_pnl=open_pnl)

    def _whole_day(self, number: int, step: DayStep) -> None:
        account, start = self.account, session_open(step.day)
        for hour, level in enumerate((step.low, step.high), start=1):
            if level is not None and account.state.status != "failed":
                open_pnl = level - account.state.balance
                account.mark_equity(open_pnl=open_pnl, at=start + timedelta(hours=hour))
        if account.state.status != "failed":
            account.record_result(
                result_id=f"step-{number}",
                net=step.net_pnl,
                at=session_close(step.day) - timedelta(minutes=1),
                source="scenario",
            )
            account.close_day(day=step.day, at=session_close(step.day))

    def _pay_out(self, step: PayoutStep) -> None:
        account = self.account
        account.pass_time(step.at)
        if not answer_request(account.state, amount=step.amount, at=step.at).allowed:
            return
        self.payouts += 1
        payout_id = f"payout-{self.payouts}"
        account.request_payout(payout_id=payout_id, amount=step.amount, at=step.at)
        if step.pay:
            account.approve_payout(payout_id=payout_id, at=step.at)
            account.pay_payout(payout_id=payout_id, reference="scenario", at=step.at)


def _payout_document(state: AccountState, step: PayoutStep) -> dict[str, Any]:
    answer = answer_request(state, amount=step.amount, at=step.at)
    return {
        "allowed": answer.allowed,
        "maximum": str(answer.maximum),
        "trader_share": str(answer.trader_share),
        "process_on": process_on(state, step.at).isoformat(),
        "reasons": list(answer.reasons),
    }


def _release(number: int, step: NewsStep) -> Release:
    return Release.of(
        release_id=f"step-{number}",
        title=step.title,
        released_at=step.at,
        impact=step.impact,
        roots=step.roots,
    )
