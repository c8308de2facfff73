"""Running a scenario on the aggregate that judges live accounts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from application.scenarios.expectation import Failure, failures_of
from application.scenarios.format import Scenario
from application.scenarios.results import result_of
from application.scenarios.steps import (
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
from domain.accounts.events import RuleViolated
from domain.accounts.orders import OrderAnswer, answer_order
from domain.accounts.payouts import answer_request, process_on
from domain.documents import Unreadable
from domain.errors import DomainError
from domain.market.calendar import session_close, session_open
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
        self.account.collect_events()
        self.payouts = 0
        # A mark that set no extreme is no fact of the ledger, but it is shown until the next fact.
        self.shown_pnl: USD | None = None

    def take(self, number: int, step: Step) -> dict[str, Any]:
        """One step and its result."""
        ignored = self.account.state.status == "failed"
        order = payout = None
        if ignored:
            if isinstance(step.action, OrderStep):
                order = OrderAnswer(accepted=False, reasons=("not_active",))
        else:
            try:
                order, payout = self._act(number, step)
            except DomainError as refusal:
                raise Unreadable.at(
                    f"{step.place.pointer}/{step.kind}", refusal.sentence
                ) from refusal
        violations = [
            event for event in self.account.collect_events() if isinstance(event, RuleViolated)
        ]
        return result_of(
            number=number,
            state=self.account.state,
            shown_pnl=self.shown_pnl,
            day=step.action.day,
            violations=violations,
            order=order,
            payout=payout,
            ignored=ignored,
        )

    def _act(self, number: int, step: Step) -> tuple[OrderAnswer | None, dict[str, Any] | None]:
        account, action = self.account, step.action
        match action:
            case OrderStep():
                answer = answer_order(
                    account.state, symbol=action.symbol, signed_quantity=action.quantity
                )
                return answer, None
            case PayoutStep():
                return None, self._pay_out(action)
            case EquityStep():
                account.mark_equity(open_pnl=action.open_pnl, at=action.at)
                self.shown_pnl = action.open_pnl
                return None, None
            case NewsStep():
                return None, None
            case TradeStep():
                account.record_trade(action.trade)
            case FillStep():
                account.record_fill(action.fill)
            case DayStep():
                self._whole_day(number, action)
            case CloseStep():
                account.close_day(
                    day=action.day, at=session_close(action.day), open_pnl=action.open_pnl
                )
            case VoidStep():
                account.void(id=action.id, at=action.at, reason="scenario")
        self.shown_pnl = None
        return None, None

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

    def _pay_out(self, step: PayoutStep) -> dict[str, Any]:
        account = self.account
        answer = answer_request(account.state, amount=step.amount, at=step.at)
        handled_on = process_on(account.state, step.at)
        if answer.allowed:
            self.payouts += 1
            payout_id = f"payout-{self.payouts}"
            account.request_payout(payout_id=payout_id, amount=step.amount, at=step.at)
            if step.pay:
                account.pay_payout(payout_id=payout_id, at=step.at)
        return {
            "allowed": answer.allowed,
            "maximum": str(answer.maximum),
            "trader_share": str(answer.trader_share),
            "process_on": handled_on.isoformat(),
            "reasons": list(answer.reasons),
        }
