"""A history told again, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from application.whatif.doubting import floor_is_over_the_low, trails_unseen
from application.whatif.outcomes import Outcome, outcomes_in
from domain.accounts.account import TradingAccount
from domain.accounts.counterfactuals.asking import Altered
from domain.accounts.counterfactuals.resizing import changed
from domain.accounts.errors import AccountEnded
from domain.accounts.events import AccountEvent, AccountOpened, EquityMarked
from domain.accounts.events_payouts import PayoutRejected
from domain.accounts.findings import FINDINGS
from domain.accounts.rerunning import Rerun, rerun
from domain.accounts.state import AccountState
from domain.errors import DomainError
from domain.rules.canonical import pack_from_text
from domain.rules.pack import RulePack


@dataclass(slots=True, kw_only=True)
class Retrial:
    """The account at the end, and what happened on the way, by place in the recorded history.

    `ignored` counts what came after an earlier end. `unseen_from` is the first report after which a
    floor may have been crossed at a mark that was not recorded.
    """

    account: TradingAccount | None = None
    outcomes: list[Outcome] = field(default_factory=list)
    refused: list[tuple[int, DomainError]] = field(default_factory=list)
    ignored: int = 0
    unseen_from: int | None = None

    @property
    def state(self) -> AccountState:
        """Where the account stands after what was told so far."""
        assert self.account is not None, "a history is not empty"
        return self.account.state


def retry(history: Sequence[AccountEvent], altered: Altered, *, pack: RulePack | None) -> Retrial:
    """Tell the altered history to a fresh account under a pack, or its own."""
    places = [place for place, event in enumerate(altered.events) if event is not None]
    evidence = _Evidence()
    told = (evidence.renumbered(altered.events[place]) for place in places)
    watched = _is_watched(history, pack, as_recorded=not altered.is_other)
    found = Retrial()
    for place, step in zip(
        places, rerun(told, pack=pack, trusting=True, warning=False), strict=True
    ):
        found.account = step.account
        evidence.note(step, version=history[place].originator_version)
        if step.made:
            found.outcomes += outcomes_in(step.made, place=place)
        if isinstance(step.refusal, AccountEnded):
            found.ignored += 1
        elif step.refusal is not None:
            found.refused.append((place, step.refusal))
        if watched and found.unseen_from is None and floor_is_over_the_low(found.state):
            found.unseen_from = place
    return found


class _Evidence:
    """Which version of the altered account stands for which of the recorded one.

    What the firm decided on a payout names its evidence by versions, and decisions are told again.
    """

    def __init__(self) -> None:
        self._versions: dict[int, int] = {}
        self._report = self._first = 1

    def note(self, step: Rerun, *, version: int) -> None:
        """Keep where a recorded version is now; a finding stands as far behind its report."""
        last = step.account.version
        if not isinstance(step.told, FINDINGS):
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


def _is_watched(
    history: Sequence[AccountEvent], pack: RulePack | None, *, as_recorded: bool
) -> bool:
    """Whether marks that were not recorded could have decided anything."""
    opening = history[0]
    assert isinstance(opening, AccountOpened), "a history begins with its opening"
    own = pack_from_text(opening.pack)
    if as_recorded and (pack is None or pack == own):
        return False
    under = own if pack is None else pack
    covered = as_recorded and not trails_unseen(under, recorded_under=own)
    trails = trails_unseen(under, recorded_under=RulePack(starting_balance=own.starting_balance))
    return trails and not covered and any(isinstance(each, EquityMarked) for each in history)
