"""Keeping the collector of cycles out of the way of work that makes none.

Events, folds and rows of a batch are many objects that all live until its end. The collector would
look at them again and again, a third of the whole work, and find nothing.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

_guard = Lock()
_at_work = 0


@contextmanager
def cycles_left_alone() -> Iterator[None]:
    """No cycles are collected during the block, nor during others that overlap it."""
    _enter()
    try:
        yield
    finally:
        _leave()


def _enter() -> None:
    global _at_work  # noqa: PLW0603 (the collector is the process's, too)
    with _guard:
        _at_work += 1
        gc.disable()


def _leave() -> None:
    global _at_work  # noqa: PLW0603 (the same)
    with _guard:
        _at_work -= 1
        if not _at_work:
            gc.enable()
