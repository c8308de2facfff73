"""Walking through a history step by step, forwards and back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

TStep = TypeVar("TStep")

BACK, QUIT = "b", "q"


def walk(steps: Iterator[TStep], *, show: Callable[[TStep], None], ask: Callable[[], str]) -> None:
    """Show a step, ask, and go on: any answer but `b` (back) and `q` (quit) is the next step.

    Going back from the first shows the first again; the walk ends after the last, or when `ask`
    raises EOFError. Steps are read when they are reached and kept for going back.
    """
    seen: list[TStep] = []
    at = 0
    while at < len(seen) or _one_more(steps, seen):
        show(seen[at])
        try:
            answer = ask().strip().lower()
        except EOFError:
            return
        if answer == QUIT:
            return
        at = max(0, at - 1) if answer == BACK else at + 1


def _one_more(steps: Iterator[TStep], seen: list[TStep]) -> bool:
    for step in steps:
        seen.append(step)
        return True
    return False
