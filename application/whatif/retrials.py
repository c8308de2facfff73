"""A history told again, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from application.whatif.doubting import floor_is_over_the_low, trails_unseen
from application.whatif.evidence import Evidence
from application.whatif.outcomes import Outcome, outcomes_in
from application.whatif.window import let_pass
from domain.accounts.account import TradingAccount
from domain.accounts.counterfactuals.asking import Altered
from domain.accounts.errors import AccountEnded
from domain.accounts.events import AccountEvent, AccountOpened, EquityMarked
from domain.accounts.events_packs import PackChanged
from domain.accounts.rerunning import rerun
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


def retry(
    history: Sequence[AccountEvent],
    altered: Altered,
    *,
    pack: RulePack | None,
    end: datetime | None,
) -> Retrial:
    """Tell the altered history to a fresh account under a pack, or its own, and then the time."""
    places = [place for place, event in enumerate(altered.events) if event is not None]
    evidence = Evidence(history)
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
    assert found.account is not None, "a history is not empty"
    found.outcomes += let_pass(found.account, history, end)
    return found


def _is_watched(
    history: Sequence[AccountEvent], pack: RulePack | None, *, as_recorded: bool
) -> bool:
    """Whether marks that were not recorded could have decided anything.

    An account that was moved had several packs of its own: what it is judged under now has to be
    covered by each of them, as each decided for a while which marks were recorded.
    """
    owned = [
        pack_from_text(each.pack)
        for each in history
        if isinstance(each, (AccountOpened, PackChanged))
    ]
    if as_recorded and (pack is None or owned == [pack]):
        return False
    nothing = RulePack(starting_balance=owned[0].starting_balance)
    under = owned if pack is None else [pack]
    covered = as_recorded and not any(
        trails_unseen(each, recorded_under=own) for each in under for own in owned
    )
    trails = any(trails_unseen(each, recorded_under=nothing) for each in under)
    return trails and not covered and any(isinstance(each, EquityMarked) for each in history)
