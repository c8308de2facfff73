"""A row for each part of the figures, in a few words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from typing import Any, Final, Literal, TypeAlias

from application.watching.figures import (
    PARTS,
    ArchiveFigures,
    DeadLetters,
    EffectFigures,
    EngineFigures,
    Figures,
    LeaseFigures,
    Missing,
    ProjectionFigures,
    RebuildFigures,
    SealFigures,
    VerificationFigures,
)
from application.watching.wording import brief, counted, named, whole

Tone: TypeAlias = Literal["plain", "good", "bad", "soon", "dim"]
LABEL: Final = 14
GROUPS_MAX: Final = 5
"""Groups of projections that stand in different places; the hindmost are shown."""

STILL: Final = timedelta(seconds=5)
"""Whoever goes on moves more often than that."""

_WORDS: Final = {"dead_letters": "dead letters", "effects": "orders", "engine": "rules engine"}


@dataclass(frozen=True, slots=True)
class Row:
    """What it is about, and what there is to say."""

    label: str
    text: str
    tone: Tone = "plain"


def rows_of(figures: Figures) -> Sequence[Row]:
    """Every part that this database has, then the names of those that it lacks."""
    rows: list[Row] = []
    lacking: list[str] = []
    for part in PARTS:
        found, word = getattr(figures, part), _WORDS.get(part, part)
        if found is Missing.ABSENT:
            lacking.append(word)
        elif found is Missing.UNREAD:
            rows.append(Row(word, "could not be read", "bad"))
        else:
            rows.extend(_SAID[part](figures, found))
    if lacking:
        rows.append(Row("not here", ", ".join(lacking), "dim"))
    return rows


def _projections(figures: Figures, found: Sequence[ProjectionFigures]) -> Iterator[Row]:
    behind = [each for each in found if figures.behind(each.position)]
    ahead = len(found) - len(behind)
    if not found:
        yield Row("projections", "none: run `dynasty migrate`", "bad")
    elif ahead:
        words = f"all {ahead}" if not behind else f"{ahead} of {len(found)}"
        yield Row("projections", f"{words} at the head", "good")
    ordered = sorted(behind, key=lambda each: _place(figures, each))
    groups = [list(each) for _, each in groupby(ordered, lambda each: _place(figures, each))]
    for number, group in enumerate(groups[:GROUPS_MAX]):
        label = "projections" if not ahead and not number else ""
        yield Row(label, _group(figures, group), "soon")
    if len(groups) > GROUPS_MAX:
        count = sum(map(len, groups[GROUPS_MAX:]))
        yield Row("", f"and {count} more, less far behind", "dim")


def _place(figures: Figures, each: ProjectionFigures) -> tuple[int, Any, Any]:
    """What two projections have in common that are told of in one row."""
    return each.position, figures.since(each.waiting_since), figures.since(each.still_since)


def _group(figures: Figures, group: Sequence[ProjectionFigures]) -> str:
    first = group[0]
    names = named([each.name for each in group], most=1)
    events = f"{figures.behind(first.position):,} events"
    waited = brief(figures.since(first.waiting_since))
    return f"{names:<29}{events:>16}, {waited}{_still(figures, first)}"


def _still(figures: Figures, each: ProjectionFigures) -> str:
    """Nothing while it goes on."""
    standing = [lane for lane in each.lanes if figures.since(lane.still_since) > STILL]
    if not standing:
        return ""
    return ", still" if len(standing) == len(each.lanes) else f", {len(standing)} lane still"


def _dead_letters(figures: Figures, found: DeadLetters) -> Iterator[Row]:
    if not found.count:
        yield Row("dead letters", "none", "good")
        return
    oldest = whole(figures.since(found.oldest_at))
    text = f"{found.count:,} in {named(sorted(found.by_projection))}, the oldest {oldest} ago"
    yield Row("dead letters", text, "bad")


def _leases(figures: Figures, found: Sequence[LeaseFigures]) -> Iterator[Row]:
    held, free, expired = (
        [each for each in found if each.state(figures.at) == state]
        for state in ("held", "free", "expired")
    )
    text = f"{len(held)} held"
    if held:
        owners = len({each.owner for each in held})
        left = whole(min(each.expires_at for each in held) - figures.at)
        text += f" by {owners}, the oldest for {left} more"
    if free:
        text += f"; {len(free)} free"
    if expired:
        ago = whole(figures.since(min(each.expires_at for each in expired)))
        text += f"; {len(expired)} ran out, {ago} ago"
    yield Row("leases", text, "soon" if expired else "plain")


def _seal(figures: Figures, found: SealFigures) -> Iterator[Row]:
    unsealed = figures.behind(found.sealed)
    text = f"{found.sealed:,}, {unsealed:,} open; " if unsealed else "all; "
    if found.checkpoint is None:
        text += "no checkpoint yet"
    else:
        text += f"checkpoint at {found.checkpoint:,}, "
        text += f"{whole(figures.since(found.checkpoint_at))} old"
    yield Row("sealed", text, "plain" if unsealed else "good")


def _verification(figures: Figures, found: VerificationFigures) -> Iterator[Row]:
    if found.finding:
        ago = whole(figures.since(found.found_at))
        yield Row("verified", f"NOT SOUND, found {ago} ago", "bad")
        return
    text = f"{found.sound:,}, {whole(figures.since(found.sound_at))} ago" if found.sound else "none"
    if not found.over and found.size:
        text += f"; a round is at {found.position * 100 // found.size} %"
    yield Row("verified", text, "good" if found.sound else "plain")


def _archives(_: Figures, found: ArchiveFigures) -> Iterator[Row]:
    text = f"{found.count:,}, up to {found.position:,}" if found.count else "none"
    yield Row("archives", text)


def _rebuilds(figures: Figures, found: Sequence[RebuildFigures]) -> Iterator[Row]:
    if not found:
        yield Row("rebuilds", "none")
        return
    first = found[0]
    more = f", and {len(found) - 1} more" if len(found) > 1 else ""
    since = whole(figures.since(first.began_at))
    text = f"{first.name}: {first.state}, {first.percent} %, for {since}{more}"
    yield Row("rebuilds", text, "soon")


def _effects(figures: Figures, found: EffectFigures) -> Iterator[Row]:
    text = f"{found.pending:,} pending, {found.failed:,} failed"
    if behind := figures.behind(found.position):
        text += f"; {behind:,} events not searched for them"
    yield Row("orders", text, "bad" if found.failed else "plain")


def _engine(_: Figures, found: EngineFigures) -> Iterator[Row]:
    text = f"{counted(found.instances, 'instance')}, {found.watched:,} of {found.partitions:,}"
    text += " partitions watched"
    yield Row("rules engine", text, "plain" if found.instances else "dim")


_SAID: Final[dict[str, Any]] = {
    "projections": _projections,
    "dead_letters": _dead_letters,
    "leases": _leases,
    "seal": _seal,
    "verification": _verification,
    "archives": _archives,
    "rebuilds": _rebuilds,
    "effects": _effects,
    "engine": _engine,
}
