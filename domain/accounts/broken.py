"""What an event or time alone has broken, as findings that verdicts are pronounced on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from domain.accounts.judging import Crossing
from domain.rules.exposure import Exceeded
from domain.rules.pack import Effect


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """A rule that was broken: what was seen, what was allowed, and how the limit came to be.

    `evidence` are versions of events that it rests on beside the one that revealed it.
    """

    rule: str
    effect: Effect
    observed: str
    limit: str = "0"
    unit: Literal["USD", "contracts", "units", "seconds", "days"] = "contracts"
    subject: str | None = None
    threshold: dict[str, str] = field(default_factory=dict)
    evidence: tuple[int, ...] = ()


def over_limit(exceeded: Sequence[Exceeded]) -> list[Broken]:
    """Limits on what was open. A product that is not tradable has the limit zero."""
    return [
        Broken(
            rule="position_limit" if each.rule == "not_tradable" else each.rule,
            effect=each.effect,
            observed=str(each.observed),
            limit=str(each.limit),
            unit=each.unit,
            subject=each.subject,
            threshold={"reason": each.rule},
        )
        for each in exceeded
    ]


def crossed(crossing: Crossing) -> Broken:
    """A floor that was crossed."""
    return Broken(
        rule=crossing.rule,
        effect=crossing.effect,
        observed=str(crossing.observed),
        limit=str(crossing.limit),
        unit="USD",
        threshold=crossing.threshold,
        evidence=crossing.evidence,
    )
