"""What a decision on a revision rests on: the history as it really was, judged from its opening."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from application.certificates.differences import Differs
from application.certificates.entries import Logged
from application.certificates.steps import figures_of
from application.exports.lines import moment_text
from domain.accounts.account import TradingAccount
from domain.accounts.corrected import corrected
from domain.accounts.events import AccountEvent, RuleViolated
from domain.accounts.events_corrections import HistoryCorrected, VerdictRevised
from domain.accounts.outcomes import Verdict
from domain.accounts.restating import retold


def corrected_document(
    told: Sequence[Logged], evidence: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """The revision, its correction, and every step of the history that came of it.

    Raises Differs when the decision rests on no revision.
    """
    named = [told[each["version"] - 1] for each in evidence]
    revised = _one(VerdictRevised, named)
    correction = _one(HistoryCorrected, named)
    known = [each.event for each in told[: correction.event.originator_version]]
    return {
        "revision": _stated(revised),
        "correction": _stated(correction),
        "steps": _steps(corrected(known).reports),
    }


def _one(kind: type[AccountEvent], named: Sequence[Logged]) -> Logged:
    found = [each for each in named if isinstance(each.event, kind)]
    if not found:
        raise Differs("/verdict/evidence", [each.entry["type"] for each in named], kind.TOPIC)
    return found[-1]


def _stated(logged: Logged) -> dict[str, Any]:
    """An event without what the account works with from then on: the steps show that."""
    facts = {name: held for name, held in logged.entry["payload"].items() if name != "restated"}
    return {"version": logged.entry["version"], "facts": facts}


def _steps(reports: Sequence[AccountEvent]) -> list[dict[str, Any]]:
    """As the steps of an account are, past every outcome: a failure is found and not acted on."""
    steps: list[dict[str, Any]] = []
    known = 0
    for report, found in retold(reports, TradingAccount):
        steps.append(
            {
                "version": report.originator_version,
                "at": moment_text(report.effective_at),
                "what": report.TOPIC,
                "found": [_found(each) for each in found.verdicts[known:]],
                **figures_of(found.account.state),
            }
        )
        known = len(found.verdicts)
    return steps


def _found(verdict: Verdict) -> dict[str, Any]:
    rule = verdict.rule if isinstance(verdict, RuleViolated) else None
    return {"type": verdict.TOPIC, "rule": rule}
