"""A history whose past was corrected, as it would stand had every report come in time.

What is asked of it then concerns the rules alone: both sides are judged by the same, true history.
What was pronounced by the mistaken one, and what a person decided, is no matter of a pack.
"""

from __future__ import annotations

from application.whatif.evidence import Evidence
from application.whatif.histories import AccountHistory
from domain.accounts.corrected import corrected
from domain.accounts.events import AccountEvent
from domain.accounts.events_corrections import HistoryCorrected
from domain.accounts.rerunning import rerun


def in_time(history: AccountHistory) -> AccountHistory:
    """The history itself, unless it was corrected. A late report keeps the position of its
    correction in the log; what a report led to has that of the report.
    """
    if not any(isinstance(each, HistoryCorrected) for each in history.events):
        return history
    seqs = {
        each.originator_version: seq for each, seq in zip(history.events, history.seqs, strict=True)
    }
    evidence, events, positions = Evidence(history.events), list[AccountEvent](), list[int]()
    reports = corrected(history.events).reports
    for step in rerun(map(evidence.renumbered, reports), trusting=True):
        evidence.note(step, version=step.told.originator_version)
        events += step.made
        positions += [seqs[step.told.originator_version]] * len(step.made)
    return AccountHistory(history.account_id, events, positions)
