"""The kinds of alarm: how bad each is, what it means, and which page helps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

Severity: TypeAlias = Literal["critical", "warning"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What an alarm of this name means, how bad it is, and which page of the docs helps."""

    severity: Severity
    meaning: str
    runbook: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """Something is not in order. `subjects` is what it is about, such as names of projections."""

    name: str
    subjects: Sequence[str]
    sentence: str

    @property
    def severity(self) -> Severity:
        """Whether it can wait until the morning."""
        return ALARMS[self.name].severity

    @property
    def runbook(self) -> str:
        """The page that says what to do, as a path in the project."""
        return f"docs/{ALARMS[self.name].runbook}.md"


ALARMS: Final[Mapping[str, Kind]] = {
    "projection-stalled": Kind(
        severity="critical",
        meaning="The head of the log moved and the position of a projection did not.",
        runbook="runbooks/projection-stalled",
    ),
    "lanes-unowned": Kind(
        severity="critical",
        meaning="Events wait in lanes of the log that no daemon holds.",
        runbook="runbooks/projection-stalled",
    ),
    "dead-letters": Kind(
        severity="critical",
        meaning="Events could not be projected and were set aside; their accounts wait.",
        runbook="how-to/handle-dead-letters",
    ),
    "effects-failed": Kind(
        severity="critical",
        meaning="The platform refused orders that follow from verdicts.",
        runbook="runbooks/effects-failed",
    ),
    "effects-waiting": Kind(
        severity="warning",
        meaning="Orders to the platform wait longer than they should, or are not looked for.",
        runbook="runbooks/effects-failed",
    ),
    "projection-lagging": Kind(
        severity="warning",
        meaning="A projection moves, but is too many events or seconds behind the log.",
        runbook="runbooks/projection-lagging",
    ),
    "lease-expired": Kind(
        severity="warning",
        meaning="The owner of a lease is gone and nobody has taken over.",
        runbook="runbooks/projection-lagging",
    ),
    "unsealed-growing": Kind(
        severity="warning",
        meaning="Many events are not under the tree that proves them yet.",
        runbook="runbooks/log-not-sealed",
    ),
    "checkpoint-old": Kind(
        severity="warning",
        meaning="The log went on, and no checkpoint was signed for too long.",
        runbook="runbooks/log-not-sealed",
    ),
    "log-not-sound": Kind(
        severity="critical",
        meaning="The log in the database is not what was sealed: somebody changed it.",
        runbook="runbooks/log-verification-failed",
    ),
    "verification-old": Kind(
        severity="warning",
        meaning="The log was not compared with what was sealed for too long.",
        runbook="runbooks/log-not-sealed",
    ),
    "combiner-full": Kind(
        severity="warning",
        meaning="Appends of a process wait for each other, or are turned away.",
        runbook="runbooks/appends-waiting",
    ),
    "redis-down": Kind(
        severity="warning",
        meaning="Redis does not answer.",
        runbook="runbooks/marks-stopped",
    ),
    "watch-blind": Kind(
        severity="warning",
        meaning="Some of the figures could not be read.",
        runbook="runbooks/watch-blind",
    ),
}
