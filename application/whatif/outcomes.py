"""What a history came to: verdicts and payouts, each with the report that brought it about."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal, TypeAlias

from domain.accounts.events import (
    AccountEvent,
    AccountFailed,
    AccountPassed,
    DayLocked,
    RuleViolated,
)
from domain.accounts.events_payouts import PayoutPaid, PayoutRequested
from domain.accounts.findings import is_finding

Kind: TypeAlias = Literal["violation", "lock", "failure", "pass", "payout", "payment"]
_KINDS: Final[dict[type, Kind]] = {
    RuleViolated: "violation",
    DayLocked: "lock",
    AccountFailed: "failure",
    AccountPassed: "pass",
    PayoutRequested: "payout",
    PayoutPaid: "payment",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One outcome. `place` is that of the report it followed from, in the recorded history; the one
    after all reports for what time alone broke since the last.

    `name` is a rule, or a payout's id; empty for a pass. Money is in units of 1/10,000 dollar.
    """

    kind: Kind
    name: str
    place: int
    at: datetime
    trading_day: date
    effect: str | None = None
    subject: str | None = None
    observed: str | None = None
    limit: str | None = None
    amount_units: int | None = None
    trader_share_units: int | None = None


def recorded_outcomes(history: Sequence[AccountEvent]) -> list[Outcome]:
    """What was concluded at the time, out of the events themselves."""
    found, cause = [], 0
    for place, event in enumerate(history):
        if not is_finding(event):
            cause = place
        if type(event) in _KINDS:
            found.append(_outcome(event, cause))
    return found


def last_report(history: Sequence[AccountEvent]) -> int:
    """The place of the last event that is no conclusion of the account's own."""
    return next(n for n in range(len(history) - 1, -1, -1) if not is_finding(history[n]))


def outcomes_in(made: Iterable[AccountEvent], *, place: int) -> list[Outcome]:
    """What an account concluded from the report at a place."""
    return [_outcome(event, place) for event in made if type(event) in _KINDS]


def _outcome(event: AccountEvent, place: int) -> Outcome:
    match event:
        case RuleViolated():
            return Outcome(
                kind="violation",
                name=event.rule,
                place=place,
                at=event.effective_at,
                trading_day=event.trading_day,
                effect=event.effect,
                subject=event.subject,
                observed=event.observed,
                limit=event.limit,
            )
        case PayoutRequested() | PayoutPaid():
            return Outcome(
                kind=_KINDS[type(event)],
                name=event.payout_id,
                place=place,
                at=event.effective_at,
                trading_day=event.trading_day,
                amount_units=event.amount_units,
                trader_share_units=event.trader_share_units,
            )
        case DayLocked() | AccountFailed() | AccountPassed():
            return Outcome(
                kind=_KINDS[type(event)],
                name="" if isinstance(event, AccountPassed) else event.rule,
                place=place,
                at=event.effective_at,
                trading_day=event.trading_day,
            )
        case _:
            raise AssertionError("only what has a kind is an outcome")
