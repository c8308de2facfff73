"""What differs between two rule packs, place by place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, TypeAlias

Document: TypeAlias = Mapping[str, Any]
"""A canonical pack as plain values: it holds no null, so None can stand for what is absent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One place that differs. `pointer` is a JSON pointer (RFC 6901); None is absent."""

    pointer: str
    before: Any
    after: Any


def diff_of(before: Document, after: Document) -> tuple[Change, ...]:
    """Every place that differs, by its pointer. An array is one place, whatever differs in it."""
    return tuple(sorted(_changes("", before, after), key=lambda change: change.pointer))


def applied(diff: Sequence[Change], document: Document) -> dict[str, Any]:
    """The document with every change made; the one given stays as it is."""
    whole = deepcopy(dict(document))
    for change in diff:
        *parents, last = [_unescaped(each) for each in change.pointer.split("/")[1:]]
        holder = whole
        for each in parents:
            holder = holder[each]
        if change.after is None:
            del holder[last]
        else:
            holder[last] = deepcopy(change.after)
    return whole


def value_at(document: Document, pointer: str) -> Any:
    """What stands at a JSON pointer, in objects and arrays; None when nothing does."""
    found: Any = document
    for each in pointer.split("/")[1:]:
        if isinstance(found, list):
            found = found[int(each)] if each.isdecimal() and int(each) < len(found) else None
        else:
            found = found.get(_unescaped(each)) if isinstance(found, Mapping) else None
    return found


def _changes(pointer: str, before: Document, after: Document) -> Iterator[Change]:
    for key in {*before, *after}:
        place = f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}"
        old, new = before.get(key), after.get(key)
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            yield from _changes(place, old, new)
        elif old != new:
            yield Change(pointer=place, before=old, after=new)


def _unescaped(step: str) -> str:
    return step.replace("~1", "/").replace("~0", "~")
