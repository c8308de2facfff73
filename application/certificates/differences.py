"""Where two documents part: the first place, what is written there, and what it comes to."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_SHOWN_MAX = 200
ABSENT: Final = object()
"""Nothing is there; not even null."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One place of a certificate. `recomputed` is what was found instead, or expected there."""

    pointer: str
    recorded: object
    recomputed: object

    def __str__(self) -> str:
        place = self.pointer or "(the whole document)"
        return f"{place}: recorded {_shown(self.recorded)}, recomputed {_shown(self.recomputed)}"


class Differs(Exception):
    """Stops a comparison at its first difference."""

    def __init__(self, pointer: str, recorded: object, recomputed: object) -> None:
        super().__init__(pointer)
        self.difference = Difference(pointer, recorded, recomputed)


def first_difference(recorded: object, recomputed: object, pointer: str = "") -> Difference | None:
    """The first place, by the order of keys and items, at which two JSON values are not the same.

    `1`, `true` and `"1"` are three values.
    """
    if type(recorded) is not type(recomputed):
        return Difference(pointer, recorded, recomputed)
    if isinstance(recorded, dict) and isinstance(recomputed, dict):
        for key in sorted({*recorded, *recomputed}):
            one, two = recorded.get(key, ABSENT), recomputed.get(key, ABSENT)
            escaped = str(key).replace("~", "~0").replace("/", "~1")
            if found := first_difference(one, two, f"{pointer}/{escaped}"):
                return found
        return None
    if isinstance(recorded, list) and isinstance(recomputed, list):
        return _first_of(recorded, recomputed, pointer)
    return None if recorded == recomputed else Difference(pointer, recorded, recomputed)


def _first_of(
    recorded: Sequence[object], recomputed: Sequence[object], pointer: str
) -> Difference | None:
    for at in range(max(len(recorded), len(recomputed))):
        one = recorded[at] if at < len(recorded) else ABSENT
        two = recomputed[at] if at < len(recomputed) else ABSENT
        if found := first_difference(one, two, f"{pointer}/{at}"):
            return found
    return None


def _shown(value: object) -> str:
    """As JSON, and no longer than a line or two."""
    if value is ABSENT:
        return "nothing"
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)
    return text if len(text) <= _SHOWN_MAX else f"{text[:_SHOWN_MAX]}…"
