"""The difference of two lists of outcomes: what appears, disappears, moves in time or changes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from application.whatif.outcomes import Outcome

Change: TypeAlias = Literal["appears", "disappears", "moves", "changes"]


@dataclass(frozen=True, slots=True)
class Flip:
    """One outcome that is another: as it was, as it would be; one of both may be missing."""

    change: Change
    before: Outcome | None
    after: Outcome | None

    @property
    def outcome(self) -> Outcome:
        """The one that would be, else the one that was."""
        found = self.after or self.before
        assert found is not None, "a flip is of something"
        return found

    @property
    def place(self) -> int:
        """The report from which on the two differ."""
        return min(each.place for each in (self.before, self.after) if each)


def flips_between(before: Sequence[Outcome], after: Sequence[Outcome]) -> list[Flip]:
    """Every difference, in the order of the reports they follow from."""
    was, now = _by_identity(before), _by_identity(after)
    found = [
        flip
        for identity in (was.keys() | now.keys())
        for flip in _of_one(was.get(identity, []), now.get(identity, []))
    ]
    return sorted(found, key=_order)


def _of_one(before: list[Outcome], after: list[Outcome]) -> Iterator[Flip]:
    """What is the same drops out first; the rest is paired in order of time."""
    waiting = list(after)
    changed = []
    for each in before:
        same = next((other for other in waiting if _facts(other) == _facts(each)), None)
        if same is None:
            changed.append(each)
        else:
            waiting.remove(same)
    paired = min(len(changed), len(waiting))
    for old, new in zip(changed[:paired], waiting[:paired], strict=True):
        yield Flip("changes" if old.at == new.at else "moves", old, new)
    yield from (Flip("disappears", old, None) for old in changed[paired:])
    yield from (Flip("appears", None, new) for new in waiting[paired:])


def _by_identity(outcomes: Sequence[Outcome]) -> dict[tuple[object, ...], list[Outcome]]:
    found: dict[tuple[object, ...], list[Outcome]] = defaultdict(list)
    for each in outcomes:
        found[_identity(each)].append(each)
    return found


def _identity(outcome: Outcome) -> tuple[object, ...]:
    """What makes it the same outcome at another time: an account fails once, a day locks once."""
    match outcome.kind:
        case "failure" | "pass":
            return (outcome.kind,)
        case "lock":
            return outcome.kind, outcome.trading_day
        case "violation":
            return (
                outcome.kind, outcome.name, outcome.effect, outcome.subject, outcome.trading_day,
            )  # fmt: skip
        case _:
            return outcome.kind, outcome.name


def _facts(outcome: Outcome) -> tuple[object, ...]:
    """What must be alike for nothing to have flipped."""
    return outcome.at, outcome.name, outcome.amount_units, outcome.trader_share_units


def _order(flip: Flip) -> tuple[object, ...]:
    each = flip.outcome
    return (flip.place, each.kind, each.name, each.subject or "", each.at, flip.change)
