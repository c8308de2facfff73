"""What a book comes to, counted while it goes by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from uuid import UUID

from domain.accounts.events import (
    EquityMarked,
    FillRecorded,
    FillVoided,
    RuleViolated,
    TradeRecorded,
    TradeVoided,
    TradingDayClosed,
)
from domain.accounts.events_corrections import HistoryCorrected, RevisionDecided, VerdictRevised
from domain.accounts.events_packs import PackChanged
from domain.accounts.events_payouts import (
    PayoutApproved,
    PayoutCancelled,
    PayoutPaid,
    PayoutRejected,
    PayoutRequested,
)
from domain.accounts.events_warnings import LimitApproached
from domain.accounts.state import AccountState
from domain.kernel import Event
from domain.money import USD, ZERO
from domain.news.events import ReleaseScheduled


@dataclass(slots=True, kw_only=True)
class Tally:
    """Counts and money of some accounts. `outcomes` are by phase and status, a failed one's with
    its rule; `payouts`, `corrections` and `revisions` by what became of them.

    `gross` and `fees` are of all executions in time, `voided` is the net of those taken back on
    their day, `corrected` what corrections of closed days brought, `paid` what left as payouts and
    `paid_to_traders` their part of it. `net` is the change of all balances: gross less fees less
    voided, with corrected, less paid. `followed` of the accounts are funded ones after a pass.
    `examples` names the first account of each kind of story.
    """

    accounts: int = 0
    followed: int = 0
    events: int = 0
    new_events: int = 0
    trades: int = 0
    fills: int = 0
    voids: int = 0
    marks: int = 0
    days_closed: int = 0
    warnings: int = 0
    moves: int = 0
    releases: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    plans: Counter[str] = field(default_factory=Counter)
    violations: Counter[str] = field(default_factory=Counter)
    products: Counter[str] = field(default_factory=Counter)
    payouts: Counter[str] = field(default_factory=Counter)
    corrections: Counter[str] = field(default_factory=Counter)
    revisions: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)
    gross: USD = ZERO
    fees: USD = ZERO
    voided: USD = ZERO
    corrected: USD = ZERO
    paid: USD = ZERO
    paid_to_traders: USD = ZERO
    net: USD = ZERO

    def count(self, events: Iterable[Event]) -> None:
        """Take some events in."""
        for event in events:
            self.events += 1
            match event:
                case TradeRecorded():
                    self.trades += 1
                    self._execution(event.root, gross=event.gross_units, fees=event.fees_units)
                case FillRecorded():
                    self.fills += 1
                    self._execution(event.root, gross=event.realised_units, fees=event.fees_units)
                case TradeVoided() | FillVoided():
                    self.voids += 1
                    self.voided += USD(event.net_units)
                case EquityMarked():
                    self.marks += 1
                case TradingDayClosed():
                    self.days_closed += 1
                case RuleViolated():
                    self.violations[event.rule] += 1
                case LimitApproached():
                    self.warnings += 1
                case _:
                    self._rare(event)

    def finish(self, state: AccountState, *, account_id: UUID, follows: bool = False) -> None:
        """An account has come to its end, or the book to its last day."""
        phase = state.pack.phase
        self.accounts += 1
        self.followed += follows
        self.plans[state.plan] += 1
        outcome = f"failed: {state.ended_by}" if state.ended_by else state.status
        self.outcomes[f"{phase} {outcome}"] += 1
        self.net += state.balance - state.pack.starting_balance
        for story in (outcome, *(["paid"] if state.payouts.paid_count else [])):
            self.examples.setdefault(f"{phase} {story}", str(account_id))
        if any(each.decision is None for each in state.revisions.values()):
            self.examples.setdefault("revision to decide", str(account_id))
        if state.payouts.pending:
            self.examples.setdefault("payout to decide", str(account_id))

    def add(self, other: Tally) -> None:
        """Take in the counts of other accounts."""
        for each in fields(self):
            mine, theirs = getattr(self, each.name), getattr(other, each.name)
            if isinstance(mine, Counter):
                mine.update(theirs)
            elif isinstance(mine, dict):
                setattr(self, each.name, theirs | mine)
            else:
                setattr(self, each.name, mine + theirs)

    def _rare(self, event: Event) -> None:
        match event:
            case PayoutPaid():
                self.payouts["paid"] += 1
                self.paid += USD(event.amount_units)
                self.paid_to_traders += USD(event.trader_share_units)
            case PayoutRequested() | PayoutApproved() | PayoutRejected() | PayoutCancelled():
                self.payouts[event.TOPIC.removeprefix("account.payout_")] += 1
            case HistoryCorrected():
                self.corrections[event.correction] += 1
                before, after = event.before["balance_units"], event.after["balance_units"]
                self.corrected += USD(after - before)
            case VerdictRevised():
                self.revisions[event.change] += 1
            case RevisionDecided():
                self.revisions[event.decision] += 1
            case PackChanged():
                self.moves += 1
            case ReleaseScheduled():
                self.releases += 1
            case _:
                pass

    def _execution(self, root: str, *, gross: int, fees: int) -> None:
        self.products[root] += 1
        self.gross += USD(gross)
        self.fees += USD(fees)
