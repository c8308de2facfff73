"""Rules of conduct and of time that were broken, and their verdicts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from domain.accounts.events import RuleViolated
from domain.accounts.verdicts import Recording, carry_out
from domain.rules.pack import Effect


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """A rule that was broken: what was seen, what was allowed, and how the limit came to be."""

    rule: str
    effect: Effect
    observed: str
    limit: str = "0"
    unit: Literal["contracts", "seconds", "days"] = "contracts"
    subject: str | None = None
    threshold: dict[str, str] = field(default_factory=dict)


def pronounce(
    account: Recording, found: Sequence[Broken], *, day: date, at: datetime, cause: int
) -> None:
    """Record a verdict on each, then what follows from the first that asks for something.

    `cause` is the version of the event that they rest on.
    """
    if account.state.status not in ("active", "locked"):
        return
    pronounced = []
    for each in found:
        account.record(
            RuleViolated,
            at=at,
            rule=each.rule,
            effect=each.effect,
            observed=each.observed,
            limit=each.limit,
            unit=each.unit,
            trading_day=day,
            subject=each.subject,
            threshold=each.threshold,
            evidence=(cause,),
            pack_hash=account.state.pack_hash,
        )
        pronounced.append((each.rule, each.effect, account.version))
    carry_out(account, pronounced, day=day, at=at)
