"""Statements sent as prepared bytes: what they answer, what they refuse, and lost connections."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import OperationalError, connect
from psycopg.errors import CheckViolation, DivisionByZero

from infrastructure.postgres.calls import BinaryCall
from infrastructure.postgres.records import array_of, bigints_in, first_bigint_in, texts_in
from tests.support.postgres import Database

INT8, TEXT = 20, 25
bigints = st.lists(st.none() | st.integers(-(2**63), 2**63 - 1), max_size=5)
texts = st.lists(st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=9).map(
    lambda text: text.replace("\0", "")), max_size=5)  # fmt: skip

ECHO = BinaryCall("echo", b"SELECT $1::bigint[], $2::text[]", parameters=2)


def sized(value: bytes | None) -> bytes:
    if value is None:
        return (-1).to_bytes(4, signed=True)
    return len(value).to_bytes(4) + value


@given(bigints, texts)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_arrays_come_back_as_they_were(
    database: Database, numbers: list[int | None], words: list[str | None]
) -> None:
    sent = (
        array_of(INT8, [sized(None if n is None else n.to_bytes(8, signed=True)) for n in numbers]),
        array_of(TEXT, [sized(None if w is None else w.encode()) for w in words]),
    )
    with connect(database.conninfo, autocommit=True) as session:
        found, said = ECHO(session, sent)
    assert bigints_in(found) == numbers
    assert not numbers or first_bigint_in(found) == numbers[0]
    assert texts_in(said) == words


def test_the_statement_is_prepared_once_on_each_connection(database: Database) -> None:
    call = BinaryCall("one", b"SELECT 1::bigint", parameters=0)
    for _ in range(2):
        with connect(database.conninfo, autocommit=True) as session:
            assert [call(session, ()) for _ in range(3)] == [[(1).to_bytes(8)]] * 3
            rows = session.execute("SELECT name FROM pg_prepared_statements").fetchall()
            assert ("one",) in rows


def test_a_fault_is_the_drivers_own_with_what_the_server_says(database: Database) -> None:
    divided = BinaryCall("divided", b"SELECT 1 / $1::integer", parameters=1)
    checked = BinaryCall(
        "checked", b"INSERT INTO ledger.partitioning VALUES (true, 7)", parameters=0
    )
    with connect(database.conninfo, autocommit=True) as session:
        with pytest.raises(DivisionByZero):
            divided(session, [(0).to_bytes(4)])
        with pytest.raises(CheckViolation) as refused:
            checked(session, ())
        assert refused.value.diag.constraint_name == "partitioning_events_per_partition_check"
        assert divided(session, [(1).to_bytes(4)]) == [(1).to_bytes(4)]


def test_a_lost_connection_is_an_operational_error_each_time(database: Database) -> None:
    one = BinaryCall("lost", b"SELECT 1", parameters=0)
    with connect(database.conninfo, autocommit=True) as session:
        one(session, ())
        with connect(database.conninfo, autocommit=True) as admin:
            admin.execute("SELECT pg_terminate_backend(%s)", (session.info.backend_pid,))
        for _ in range(3):
            with pytest.raises(OperationalError):
                one(session, ())
