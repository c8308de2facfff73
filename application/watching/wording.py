"""How figures are said in a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

NAMED_MAX: Final = 2
"""So many are named in a sentence; the others are counted."""


def named(names: Sequence[str], *, most: int = NAMED_MAX) -> str:
    """A few names, and how many more there are."""
    shown, more = list(names[:most]), len(names) - most
    if more > 0:
        return f"{', '.join(shown)} and {more} more"
    return " and ".join(shown)


def whole(length: timedelta) -> str:
    """A length of time as people say it, in its largest whole unit or two."""
    seconds = length // timedelta(seconds=1)
    days, hours, minutes = seconds // 86_400, seconds // 3_600, seconds // 60
    if days:
        return f"{days:,} d {hours % 24} h"
    if hours:
        return f"{hours} h {minutes % 60} min"
    if minutes:
        return f"{minutes} min {seconds % 60} s"
    return f"{seconds} s"


def brief(length: timedelta) -> str:
    """The same in its largest unit alone."""
    return " ".join(whole(length).split(" ")[:2])


def counted(count: int, thing: str) -> str:
    """So many of a thing."""
    return f"{count:,} {thing}" if count == 1 else f"{count:,} {thing}s"
