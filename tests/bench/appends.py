"""Durable appends of one event, beside the stock recorder of `eventsourcing` in the same run."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from uuid import UUID

from eventsourcing.persistence import StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from psycopg import connect
from psycopg.conninfo import conninfo_to_dict
from uuid_utils.compat import uuid7

from infrastructure.event_store.ledger import open_ledger
from tests.bench.measuring import Measured, measure, median_of, ratio

PAYLOAD = (
    b'{"entry_price":"24760","entered_at":"2025-10-13T15:02:15Z","exit_price":"24754.25",'
    b'"exited_at":"2025-10-13T15:04:07Z","fees_units":22200,"fingerprint":"0123456789abcdef",'
    b'"gross_units":-345000,"quantity":3,"reported_units":-345000,"root":"MNQ","side":"long",'
    b'"source":"bench","symbol":"MNQZ5","trade_id":"1460693882","trading_day":"2025-10-13"}'
)
ROUNDS = 3


def bench_appends(database_url: str, *, seconds: float) -> dict[str, Any]:
    """1 and 16 clients, rounds of both recorders taking turns, the median round of each."""
    stock = _stock(database_url)
    ledger = open_ledger(database_url, pool_size=16)
    try:
        found: dict[str, Any] = {}
        for clients in (1, 16):
            runs: dict[str, list[Measured]] = {"stock": [], "ours": []}
            for _ in range(ROUNDS):
                runs["stock"].append(_run(stock, clients, seconds))
                runs["ours"].append(_run(ledger.recorder, clients, seconds))
            baseline, ours = median_of(runs["stock"]), median_of(runs["ours"])
            found[f"append_{clients}_clients"] = {
                "ours": asdict(ours),
                "stock_recorder": asdict(baseline),
                "ratio": ratio(ours.per_second, baseline.per_second),
            }
        return found
    finally:
        ledger.close()
        stock.datastore.close()


def _run(recorder: PostgresApplicationRecorder, clients: int, seconds: float) -> Measured:
    streams: list[UUID] = [uuid7() for _ in range(clients)]
    versions = [0] * clients

    def append(number: int) -> None:
        versions[number] += 1
        recorder.insert_events(
            [StoredEvent(streams[number], versions[number], "account.trade_recorded", PAYLOAD)]
        )

    return measure(append, clients=clients, seconds=seconds)


def _stock(database_url: str) -> PostgresApplicationRecorder:
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
        pool_size=16,
        max_overflow=0,
    )
    recorder = PostgresApplicationRecorder(datastore, events_table_name="stock_events")
    recorder.create_table()
    return recorder
