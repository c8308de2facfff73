"""Rows that differ, told column by column; what is there alone is shown whole."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from interfaces.cli.differences import LENGTH_MAX, told

Rows: TypeAlias = Sequence[Mapping[str, Any]]

LIVE: Mapping[str, Any] = {
    "account_id": "a",
    "trading_day": "2026-03-02",
    "net_units": 5,
    "status": "open",
}


def lines(live: Rows, built: Rows, *, most: int = 10) -> list[str]:
    only_live, only_built = ([json.dumps(each) for each in rows] for rows in (live, built))
    return list(told("days", only_live, only_built, most=most))


def test_a_row_that_changed_is_told_by_its_columns() -> None:
    assert lines([LIVE], [{**LIVE, "net_units": -7, "status": "closed"}]) == [
        'days, account_id a, trading_day 2026-03-02: net_units 5 → -7; status "open" → "closed"'
    ]


def test_a_column_that_only_one_has_is_told() -> None:
    assert lines([LIVE], [{**LIVE, "new": True}]) == [
        "days, account_id a, trading_day 2026-03-02: new null → true"
    ]


def test_rows_that_only_one_has_are_told_whole() -> None:
    other = {**LIVE, "trading_day": "2026-03-03"}
    rest = '{"net_units": 5, "status": "open"}'
    assert lines([LIVE], [other]) == [
        f"days, account_id a, trading_day 2026-03-02: only in the live rows: {rest}",
        f"days, account_id a, trading_day 2026-03-03: only in the rebuilt rows: {rest}",
    ]


def test_more_than_wanted_are_counted() -> None:
    rows = [{"ledger_seq": number} for number in range(5)]
    assert lines(rows, [], most=3)[3:] == ["days: 2 more rows differ"]


def test_long_values_are_cut() -> None:
    (line,) = lines([LIVE], [{**LIVE, "status": "界" * 1_000}])
    assert len(line) < 2 * LENGTH_MAX
