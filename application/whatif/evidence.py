"""What stands for a piece of evidence when its history is told again."""

from __future__ import annotations

from collections.abc import Sequence

from domain.accounts.counterfactuals.resizing import changed
from domain.accounts.events import AccountEvent
from domain.accounts.events_payouts import PayoutRejected
from domain.accounts.findings import is_finding
from domain.accounts.rerunning import Rerun


class Evidence:
    """Which version of the retold account stands for which of the recorded one.

    What the firm decided on a payout names its evidence by versions, and decisions are told again.
    """

    def __init__(self, history: Sequence[AccountEvent]) -> None:
        self._is_named = any(isinstance(each, PayoutRejected) for each in history)
        self._versions: dict[int, int] = {}
        self._report = self._first = 1

    def note(self, step: Rerun, *, version: int) -> None:
        """Keep where a recorded version is now; a finding stands as far behind its report."""
        if not self._is_named:
            return
        last = step.account.version
        if not is_finding(step.told):
            self._report = version
            self._first = step.made[0].originator_version if step.made else last
        self._versions[version] = min(last, self._first + version - self._report)

    def renumbered(self, event: AccountEvent | None) -> AccountEvent:
        """The event with its evidence as it is numbered now; what was left out is no evidence."""
        assert event is not None, "what is left out is not told"
        if not isinstance(event, PayoutRejected):
            return event
        known = {self._versions[each] for each in event.evidence if each in self._versions}
        # A decision without any evidence left was still made, on an account that was opened.
        return changed(event, evidence=tuple(sorted(known or {1})))
