"""Rows as COPY reads them, and what PostgreSQL makes of it."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import Connection, DataError, connect
from psycopg.rows import TupleRow

from projections.copying import csv_of
from projections.writing import copy_rows
from tests.support.postgres import cluster

COLUMNS = ("whole", "text", "flag", "id", "at", "day", "price", "texts", "numbers")
TABLE = """
CREATE TEMP TABLE kinds (
    line serial, whole bigint, text text, flag boolean, id uuid, at timestamptz, day date,
    price numeric, texts text[], numbers integer[]
)
"""
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
odd_texts = st.sampled_from(
    ["", "\\N", "\\.", "a\tb", "a\nb", "\r", '"', "NULL", "{}", "\\\\", "ß€𝄞"]
)
kinds: tuple[st.SearchStrategy[Any], ...] = (
    st.integers(-(2**63), 2**63 - 1),
    texts | odd_texts,
    st.booleans(),
    st.uuids(),
    st.datetimes(
        datetime(1900, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone.
        datetime(2200, 1, 1),  # noqa: DTZ001
        timezones=st.sampled_from([UTC, timezone(timedelta(hours=-6))]),
    ),
    st.dates(date(1900, 1, 1), date(2200, 1, 1)),
    st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-1e6, max_value=1e6),
    st.lists(texts | odd_texts, max_size=3),
    st.lists(st.integers(-(2**31), 2**31 - 1), max_size=3),
)
rows = st.lists(st.tuples(*(st.none() | kind for kind in kinds)), max_size=5)


@pytest.fixture(scope="module")
def session() -> Iterator[Connection[TupleRow]]:
    with (
        cluster().lent(lambda server: server.empty_database()) as database,
        connect(database.conninfo, autocommit=True) as opened,
    ):
        opened.execute("SET timezone = 'UTC'")
        opened.execute(TABLE)
        yield opened


@given(written=rows)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_postgres_reads_what_was_written(
    session: Connection[TupleRow], written: list[tuple[Any, ...]]
) -> None:
    with session.cursor() as cursor:
        cursor.execute("TRUNCATE kinds RESTART IDENTITY")
        copy_rows(cursor, "kinds", COLUMNS, written, arrays=("texts", "numbers"))
        cursor.execute(f"SELECT {', '.join(COLUMNS)} FROM kinds ORDER BY line")
        assert cursor.fetchall() == written


def test_refuses_a_float() -> None:
    with pytest.raises(TypeError, match="float"):
        csv_of([(1.5,), (2,)])


def test_refuses_a_list_in_a_column_that_is_not_named(session: Connection[TupleRow]) -> None:
    with session.cursor() as cursor, pytest.raises(DataError):
        copy_rows(cursor, "kinds", ("texts", "numbers"), [(["a", "b"], None)])


def test_refuses_rows_of_different_lengths(session: Connection[TupleRow]) -> None:
    with session.cursor() as cursor, pytest.raises(DataError):
        copy_rows(cursor, "kinds", ("whole", "text"), [(1, "a"), (1,)])


@pytest.mark.parametrize("text", ["null", "", "\\\\n", 'a "b"', "]\\[", "\u2028"])
def test_writes_as_csv_what_it_can(text: str) -> None:
    assert csv_of([(text, None)]) is not None


@pytest.mark.parametrize("text", ["a\nb", "\r", "\t", "\x01", '\\\\"\n'])
def test_leaves_the_ends_of_lines_to_others(text: str) -> None:
    assert csv_of([(1, "b"), (2, text)]) is None
