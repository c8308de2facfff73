"""Flips in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from application.whatif.answers import Report, StatusTold, Told
from application.whatif.flips import Flip
from application.whatif.outcomes import Outcome
from domain.accounts.counterfactuals.asking import Doubt
from domain.money import USD

_ENDS: Final = ("failure", "pass", "lock")


def told_of(flip: Flip, report: Report, *, certain: bool) -> Told:
    """One flip, with the report it follows from."""
    each, before, after = flip.outcome, flip.before, flip.after
    pays = each.kind in ("payout", "payment")
    return Told(
        kind=each.kind,
        change=flip.change,
        name=each.name,
        report=report,
        certain=certain,
        trading_day=each.trading_day,
        subject=each.subject,
        before_at=before.at if before else None,
        after_at=after.at if after else None,
        before=_words(before),
        after=_words(after),
        amount=_amount(after) - _amount(before) if pays else None,
        trader_share=_share(after) - _share(before) if pays else None,
    )


def status_told(before: str, after: StatusTold, report: Report, *, certain: bool) -> Told:
    """The status at the end is another."""
    return Told(
        kind="status",
        change="changes",
        name="",
        report=report,
        certain=certain,
        before=before,
        after=after,
    )


def place_of_end(flips: Sequence[Flip], doubts: Mapping[Doubt, int]) -> int:
    """The report from which on another status could not be avoided, or is not known."""
    ends = [flip.place for flip in flips if flip.outcome.kind in _ENDS]
    return min(doubts.values()) if doubts and not ends else (ends or [0])[-1]


def _words(outcome: Outcome | None) -> str | None:
    """What is compared in a violation, the rule of a failure or a lock, the amount of a payout."""
    match outcome:
        case None:
            return None
        case Outcome(kind="violation"):
            return f"{outcome.observed} against {outcome.limit}"
        case Outcome(kind="payout" | "payment"):
            return f"{USD(_amount(outcome))}, share {USD(_share(outcome))}"
        case Outcome(kind="pass"):
            return "passed"
        case _:
            return outcome.name


def _amount(outcome: Outcome | None) -> int:
    return outcome.amount_units or 0 if outcome else 0


def _share(outcome: Outcome | None) -> int:
    return outcome.trader_share_units or 0 if outcome else 0
