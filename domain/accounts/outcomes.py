"""What was pronounced of an account, and what a corrected history would have pronounced."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeAlias

from domain.accounts.events import AccountEvent, AccountPassed, RuleViolated
from domain.accounts.events_corrections import RevisionDecided, VerdictRevised
from domain.accounts.events_payouts import PayoutRequested

Verdict: TypeAlias = RuleViolated | AccountPassed


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One verdict by its key: kind, rule, trading day, and number within the day.

    `version` is that of the recorded event; None for one that a revision made.
    """

    key: str
    outcome: Literal["breach", "pass", "payout"]
    rule: str
    trading_day: date
    effect: str | None = None
    observed: str | None = None
    limit: str | None = None
    unit: str | None = None
    version: int | None = None


def outcomes_of(verdicts: Iterable[Verdict]) -> dict[str, Outcome]:
    """Verdicts by their keys, in their order."""
    counted: Counter[tuple[str, date]] = Counter()
    found: dict[str, Outcome] = {}
    for verdict in verdicts:
        each = _passed(verdict) if isinstance(verdict, AccountPassed) else _broken(verdict, counted)
        found[each.key] = each
    return found


def pronounced(history: Sequence[AccountEvent]) -> dict[str, Outcome]:
    """What stands of an account: its recorded verdicts, with the revisions that were applied."""
    standing = outcomes_of(
        each for each in history if isinstance(each, RuleViolated | AccountPassed)
    )
    raised = {each.originator_version: each for each in history if isinstance(each, VerdictRevised)}
    for decided in history:
        if not isinstance(decided, RevisionDecided) or decided.decision != "applied":
            continue
        revised = raised[decided.revision_version]
        if revised.change == "disappears":
            standing.pop(revised.key, None)
        else:
            standing[revised.key] = _appeared(revised)
    return {key: each for key, each in standing.items() if each.outcome != "payout"}


def payout_outcome(event: PayoutRequested) -> Outcome:
    """The outcome that a payout was allowed."""
    return Outcome(
        key=f"payout:{event.payout_id}",
        outcome="payout",
        rule="payout",
        trading_day=event.trading_day,
        version=event.originator_version,
    )


def _broken(event: RuleViolated, counted: Counter[tuple[str, date]]) -> Outcome:
    counted[event.rule, event.trading_day] += 1
    number = counted[event.rule, event.trading_day]
    return Outcome(
        key=f"breach:{event.rule}:{event.trading_day}:{number}",
        outcome="breach",
        rule=event.rule,
        trading_day=event.trading_day,
        effect=event.effect,
        observed=event.observed,
        limit=event.limit,
        unit=event.unit,
        version=event.originator_version,
    )


def _passed(event: AccountPassed) -> Outcome:
    return Outcome(
        key="pass",
        outcome="pass",
        rule="profit_target",
        trading_day=event.trading_day,
        version=event.originator_version,
    )


def _appeared(event: VerdictRevised) -> Outcome:
    return Outcome(
        key=event.key,
        outcome=event.outcome,
        rule=event.rule,
        trading_day=event.trading_day,
        effect=event.effect,
        observed=event.observed,
        limit=event.limit,
        unit=event.unit,
    )
