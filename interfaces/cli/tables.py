"""Tables of ids: whatever else goes narrow, an id can be copied."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from rich import box
from rich.table import Table

WHOLE_MAX: Final = len("acc_") + 36
_SHORT: Final = 20


def narrow_table() -> Table:
    """A table of as little space between its columns as can be told apart."""
    return Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)


def add_ids(table: Table, heading: str, ids: Iterable[str]) -> None:
    """A column as wide as its ids, up to a UUID with its prefix; other columns give way.

    A longer id, or what else stands with one, goes on in the next line. None is cut off.
    """
    widest = max(map(len, ids), default=0)
    # Only a column of a given width is left alone where a table is too wide; one with a least
    # width is narrowed with the others, and then pushes them off the edge.
    width = None if widest <= _SHORT else min(widest, WHOLE_MAX)
    table.add_column(heading, overflow="fold", width=width)
