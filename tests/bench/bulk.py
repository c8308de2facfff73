"""Many events in one durable append, beside a bare COPY of the same rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any, Final
from uuid import UUID

from psycopg import connect
from uuid_utils.compat import uuid7

from application.context import NOBODY
from infrastructure.event_store.ledger import open_ledger
from infrastructure.event_store.packing import Append
from infrastructure.event_store.stored import StoredFact
from tests.bench.appends import BARE_TABLE, PAYLOAD, ROUNDS, TOPIC
from tests.bench.measuring import Measured, measure, median_of, ratio

EVENTS: Final = 1_000
STREAMS: Final = 10
COPY: Final = """
COPY bare.events
    (stream_id, stream_version, event_id, event_type, schema_version, payload, actor)
FROM STDIN (FORMAT BINARY)
"""
TYPES: Final = ("uuid", "int4", "uuid", "text", "int2", "text", "text")


def bench_bulk(database_url: str, *, seconds: float) -> dict[str, Any]:
    """A thousand events of ten new streams at a time, in turn; events a second by the median."""
    ledger = open_ledger(database_url, pool_size=1)
    with connect(database_url, autocommit=True) as session:
        session.execute("CREATE SCHEMA IF NOT EXISTS bare")
        session.execute(BARE_TABLE)

        def ours(_: int) -> None:
            facts = [
                StoredFact(
                    originator_id=stream, originator_version=version, topic=TOPIC, state=PAYLOAD
                )
                for stream, version in _places()
            ]
            ledger.recorder.append(Append(facts=facts, context=NOBODY))

        def bare(_: int) -> None:
            payload = PAYLOAD.decode()
            with session.cursor() as cursor, cursor.copy(COPY) as into:
                into.set_types(TYPES)
                for stream, version in _places():
                    into.write_row((stream, version, uuid7(), TOPIC, 1, payload, "bench"))

        subjects: dict[str, Callable[[int], None]] = {"ours": ours, "bare_copy": bare}
        runs: dict[str, list[Measured]] = {name: [] for name in subjects}
        for _ in range(ROUNDS):
            for name, subject in subjects.items():
                subject(0)
                runs[name].append(measure(subject, clients=1, seconds=seconds))
    ledger.close()
    medians = {name: median_of(each) for name, each in runs.items()}
    rates = {name: EVENTS * 1_000_000 // each.p50_us for name, each in medians.items()}
    return {
        "bulk_append": {
            "events_at_once": EVENTS,
            **{name: asdict(each) for name, each in medians.items()},
            "events_per_second": rates["ours"],
            "bare_copy_events_per_second": rates["bare_copy"],
            "times_slower_than_bare_copy": ratio(rates["bare_copy"], rates["ours"]),
        }
    }


def _places() -> list[tuple[UUID, int]]:
    streams = [uuid7() for _ in range(STREAMS)]
    return [(each, version) for each in streams for version in range(1, EVENTS // STREAMS + 1)]
