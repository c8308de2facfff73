"""Tables of ids: whatever else goes narrow, an id can be copied."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from rich.table import Table

WHOLE_MAX: Final = len("acc_") + 36


def add_ids(table: Table, heading: str, ids: Iterable[str]) -> None:
    """A column as wide as its ids, up to a UUID with its prefix; other columns give way.

    A longer id goes on in the next line. None is cut off.
    """
    widest = max(map(len, ids), default=0)
    table.add_column(heading, overflow="fold", min_width=min(widest, WHOLE_MAX))
