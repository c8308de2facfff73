"""Rows of a read model beside those that are built anew, as people compare them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias

Row: TypeAlias = Mapping[str, Any]

KEYS: Final = (
    "account_id", "calendar_id", "release_id", "program", "number", "payout_id", "correction",
    "subject", "violation", "warning", "revision", "kind", "trade_id", "trading_day", "ledger_seq",
)  # fmt: skip
"""The columns that say which row of a table it is, in any of them."""
LENGTH_MAX: Final = 200


def told(
    table: str, only_live: Sequence[str], only_built: Sequence[str], *, most: int
) -> Iterator[str]:
    """Lines about rows that differ, given as JSON: what a rebuild changes, adds and takes away."""
    live, built = _by_key(only_live), _by_key(only_built)
    lines = [_line(table, key, live.get(key), built.get(key)) for key in {**live, **built}]
    yield from lines[:most]
    if len(lines) > most:
        yield f"{table}: {len(lines) - most:,} more rows differ"


def _by_key(rows: Sequence[str]) -> Mapping[tuple[str, ...], Row]:
    found = map(json.loads, rows)
    return {tuple(f"{name} {row[name]}" for name in KEYS if name in row): row for row in found}


def _line(table: str, key: tuple[str, ...], live: Row | None, built: Row | None) -> str:
    which = f"{table}, {', '.join(key)}: "
    if live is None or built is None:
        there, row = ("live", live) if live is not None else ("rebuilt", built)
        rest = {name: value for name, value in (row or {}).items() if name not in KEYS}
        return _cut(f"{which}only in the {there} rows: {json.dumps(rest, ensure_ascii=False)}")
    changes = [
        f"{name} {_cut(json.dumps(live.get(name)))} → {_cut(json.dumps(built.get(name)))}"
        for name in {**live, **built}
        if live.get(name) != built.get(name)
    ]
    return which + "; ".join(changes)


def _cut(text: str) -> str:
    return text if len(text) <= LENGTH_MAX else f"{text[:LENGTH_MAX]}…"
