"""Durable appends of one event, beside the stock recorder of `eventsourcing` and bare INSERTs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict
from typing import Any, Final, TypeAlias
from uuid import UUID

from eventsourcing.persistence import StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from psycopg import connect
from psycopg.conninfo import conninfo_to_dict
from uuid_utils.compat import uuid7

from infrastructure.event_store.ledger import open_ledger
from tests.bench.measuring import Measured, measure, median_of, median_ratio, settled

PAYLOAD: Final = (
    b'{"entry_price":"24760","entered_at":"2025-10-13T15:02:15Z","exit_price":"24754.25",'
    b'"exited_at":"2025-10-13T15:04:07Z","fees_units":22200,"fingerprint":"0123456789abcdef",'
    b'"gross_units":-345000,"quantity":3,"reported_units":-345000,"root":"MNQ","side":"long",'
    b'"source":"bench","symbol":"MNQZ5","trade_id":"1460693882","trading_day":"2025-10-13"}'
)
TOPIC: Final = "account.trade_recorded"
CLIENTS: Final = (1, 16, 64)
ROUNDS: Final = 7
POOL: Final = 16
WARM_UP_SECONDS: Final = 0.3

# The columns of an event that say something, with the same two unique keys beside the number.
BARE_TABLE: Final = """
CREATE TABLE IF NOT EXISTS bare.events (
    ledger_seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    stream_id uuid NOT NULL,
    stream_version integer NOT NULL,
    event_id uuid NOT NULL UNIQUE,
    event_type text NOT NULL,
    schema_version smallint NOT NULL,
    payload text NOT NULL,
    actor text NOT NULL,
    effective_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (stream_id, stream_version)
)
"""
BARE_INSERT: Final = """
INSERT INTO bare.events
    (stream_id, stream_version, event_id, event_type, schema_version, payload, actor)
VALUES (%s, %s, %s, %s, 1, %s, 'bench')
"""

Append: TypeAlias = Callable[[int, UUID, int], object]
"""One event: the number of the client, a stream and its next version."""

Subject: TypeAlias = Callable[[str, int], AbstractContextManager[Append]]


def bench_appends(database_url: str, *, seconds: float) -> dict[str, Any]:
    """Rounds in which all subjects take turns, and the median round of each."""
    with settled():
        return dict(_compared(database_url, clients, seconds) for clients in CLIENTS)


def _compared(database_url: str, clients: int, seconds: float) -> tuple[str, dict[str, Any]]:
    runs: dict[str, list[Measured]] = {name: [] for name in SUBJECTS}
    for _ in range(ROUNDS):
        for name, subject in SUBJECTS.items():
            with subject(database_url, clients) as append:
                _run(append, clients, WARM_UP_SECONDS)
                runs[name].append(_run(append, clients, seconds))
    medians = {name: median_of(each) for name, each in runs.items()}
    rates = {name: [run.per_second for run in each] for name, each in runs.items()}
    return f"append_{clients}_clients", {
        **{name: asdict(each) for name, each in medians.items()},
        "over_stock_recorder": median_ratio(rates["ours"], rates["stock_recorder"]),
        "over_bare_inserts": median_ratio(rates["ours"], rates["bare_inserts"]),
    }


def append_alone(database_url: str, *, seconds: float) -> Measured:
    """Our appends from one client, to compare with what is made of them."""
    with _ours(database_url, 1) as append:
        _run(append, 1, WARM_UP_SECONDS)
        return _run(append, 1, seconds)


def _run(append: Append, clients: int, seconds: float) -> Measured:
    streams: list[UUID] = [uuid7() for _ in range(clients)]
    versions = [0] * clients

    def once(number: int) -> None:
        versions[number] += 1
        append(number, streams[number], versions[number])

    return measure(once, clients=clients, seconds=seconds)


@contextmanager
def _ours(database_url: str, _: int) -> Iterator[Append]:
    ledger = open_ledger(database_url, pool_size=POOL)
    try:
        yield _through(ledger.recorder)
    finally:
        ledger.close()


@contextmanager
def _stock(database_url: str, _: int) -> Iterator[Append]:
    """The library as it comes, with a pool as large as ours, in a schema of its own."""
    with connect(database_url, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA IF NOT EXISTS stock")
    parts = {key: str(value) for key, value in conninfo_to_dict(database_url).items()}
    datastore = PostgresDatastore(
        dbname=parts["dbname"],
        host=parts["host"],
        port=parts.get("port", "5432"),
        user=parts.get("user", "postgres"),
        password=parts.get("password", ""),
        schema="stock",
        pool_size=POOL,
        max_overflow=0,
    )
    try:
        recorder = PostgresApplicationRecorder(datastore, events_table_name="stock_events")
        recorder.create_table()
        yield _through(recorder)
    finally:
        datastore.close()


@contextmanager
def _bare(database_url: str, clients: int) -> Iterator[Append]:
    """One prepared INSERT for each event, each client on a connection of its own."""
    sessions = [connect(database_url, autocommit=True) for _ in range(clients)]
    try:
        sessions[0].execute("CREATE SCHEMA IF NOT EXISTS bare")
        sessions[0].execute(BARE_TABLE)
        payload = PAYLOAD.decode()

        def append(client: int, stream: UUID, version: int) -> None:
            values = (stream, version, uuid7(), TOPIC, payload)
            sessions[client].execute(BARE_INSERT, values, prepare=True, binary=True)

        yield append
    finally:
        for each in sessions:
            each.close()


def _through(recorder: PostgresApplicationRecorder) -> Append:
    def append(_: int, stream: UUID, version: int) -> None:
        recorder.insert_events([StoredEvent(stream, version, TOPIC, PAYLOAD)])

    return append


SUBJECTS: Final[Mapping[str, Subject]] = {
    "stock_recorder": _stock,
    "bare_inserts": _bare,
    "ours": _ours,
}
