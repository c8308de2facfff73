"""Progress bars: on a terminal, on standard error, and nowhere else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

_REPORT_EVERY = 1_000


@contextmanager
def counting(unit: str, *, total: int | None) -> Iterator[Callable[[int], None]]:
    """A bar on a terminal; told in thousands, for a redraw costs more than an event."""
    terminal = Console(stderr=True)
    columns = (TextColumn(unit), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=terminal, disable=not terminal.is_terminal) as bar:
        task = bar.add_task(unit, total=total)
        pending = 0

        def advance(amount: int) -> None:
            nonlocal pending
            pending += amount
            if pending >= _REPORT_EVERY:
                bar.advance(task, pending)
                pending = 0

        yield advance
        bar.advance(task, pending)
