"""What a book comes to, counted while it goes by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from domain.accounts.events import (
    EquityMarked,
    FillRecorded,
    FillVoided,
    RuleViolated,
    TradeRecorded,
    TradeVoided,
    TradingDayClosed,
)
from domain.accounts.state import AccountState
from domain.kernel import Event
from domain.money import USD, ZERO


@dataclass(slots=True, kw_only=True)
class Tally:
    """Counts and money of some accounts. `outcomes` are by status, a failed one's with its rule.

    `gross` and `fees` are of all executions, `voided` is the net of those taken back, `net` the
    change of all balances: gross less fees less voided.
    """

    accounts: int = 0
    events: int = 0
    new_events: int = 0
    trades: int = 0
    fills: int = 0
    voids: int = 0
    marks: int = 0
    days_closed: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    plans: Counter[str] = field(default_factory=Counter)
    violations: Counter[str] = field(default_factory=Counter)
    products: Counter[str] = field(default_factory=Counter)
    gross: USD = ZERO
    fees: USD = ZERO
    voided: USD = ZERO
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
                case _:
                    pass

    def finish(self, state: AccountState) -> None:
        """An account has come to its end, or the book to its last day."""
        self.accounts += 1
        self.plans[state.plan] += 1
        self.outcomes[f"failed: {state.ended_by}" if state.ended_by else state.status] += 1
        self.net += state.balance - state.pack.starting_balance

    def add(self, other: Tally) -> None:
        """Take in the counts of other accounts."""
        for name in ("accounts", "events", "new_events", "trades", "fills", "voids", "marks"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.days_closed += other.days_closed
        for name in ("outcomes", "plans", "violations", "products"):
            getattr(self, name).update(getattr(other, name))
        for name in ("gross", "fees", "voided", "net"):
            setattr(self, name, getattr(self, name) + getattr(other, name))

    def _execution(self, root: str, *, gross: int, fees: int) -> None:
        self.products[root] += 1
        self.gross += USD(gross)
        self.fees += USD(fees)
