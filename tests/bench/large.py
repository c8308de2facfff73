"""What an append and the load of a stream cost in a long log, beside a short one in turn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from random import Random
from typing import Any, Final
from uuid import UUID, uuid4

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from application.context import NOBODY
from infrastructure.event_store.ledger import EventSourcedLedger, open_ledger
from infrastructure.event_store.packing import Append
from infrastructure.event_store.stored import StoredFact
from tests.bench.appends import POOL, TOPIC
from tests.bench.filling import PAYLOAD, Filled, fill
from tests.bench.measuring import Measured, measure, median_of, median_ratio, ratio
from tests.support.postgres import DURABLE, Cluster, EmbeddedServer

SHORT: Final = 100_000
LONG: Final = 10_000_000
ROUNDS: Final = 5
LOADED: Final = 100
"""Streams that are loaded again and again, so that they are in memory."""

# New partitions are not logged, as no server depends on this one: filling takes half the time.
SETTINGS: Final = (
    DURABLE.replace("64MB", "256MB")
    + "wal_level = minimal\nmax_wal_senders = 0\nmax_wal_size = 4GB\ncheckpoint_timeout = 15min\n"
)


def bench_large(*, seconds: float, long: int = LONG) -> dict[str, Any]:
    """Two logs on one server: all rounds alternate between them."""
    server = EmbeddedServer(settings=SETTINGS)
    try:
        return _measured(Cluster(server), long, seconds)
    finally:
        server.stop()


def _measured(cluster: Cluster, long: int, seconds: float) -> dict[str, Any]:
    runs: dict[tuple[str, int], list[Measured]] = {}
    with ExitStack() as stack:
        logs = {events: _log(cluster, events, stack) for events in (SHORT, long)}
        for _ in range(ROUNDS):
            for events, log in logs.items():
                for what, operation, clients in log.operations():
                    measured = measure(operation, clients=clients, seconds=seconds)
                    runs.setdefault((what, events), []).append(measured)
    found: dict[str, Any] = {}
    for what in dict.fromkeys(name for name, _ in runs):
        short_run, long_run = (median_of(runs[what, events]) for events in (SHORT, long))
        found[f"long_log_{what}"] = {
            "events": long,
            "long": asdict(long_run),
            "short": asdict(short_run),
            "p50_over_short": median_ratio(
                [run.p50_us for run in runs[what, long]], [run.p50_us for run in runs[what, SHORT]]
            ),
            "cost_over_short": ratio(short_run.per_second, long_run.per_second),
        }
    return found


def _log(cluster: Cluster, events: int, stack: ExitStack) -> _Log:
    database = cluster.migrated_database()
    columns = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
    )  # fmt: skip
    with Progress(*columns, console=Console(stderr=True)) as bars:
        task = bars.add_task(f"a log of {events:,}", total=events)
        filled = fill(database.conninfo, events, told=lambda at: bars.update(task, completed=at))
    ledger = open_ledger(database.conninfo, pool_size=POOL)
    stack.callback(ledger.close)
    return _Log(ledger, filled)


class _Log:
    """Loads of streams that have ended, and appends to those that go on."""

    def __init__(self, ledger: EventSourcedLedger, filled: Filled) -> None:
        self._ledger = ledger
        random = Random(1)  # noqa: S311 (a sample)
        self._loaded = random.sample(filled.ended, LOADED)
        self._versions = dict(filled.alive)
        alive = list(filled.alive)
        self._shares: Sequence[Sequence[UUID]] = [alive[each::16] for each in range(16)]
        self._turns = [0] * 16
        for stream in self._loaded:
            self._load(stream)

    def operations(self) -> Sequence[tuple[str, Callable[[int], object], int]]:
        """What is measured, by how many clients."""
        return (
            ("append_1_client", self._append, 1),
            ("append_16_clients", self._append, 16),
            ("stream_load", self._load_next, 1),
        )

    def _append(self, client: int) -> None:
        """One more event of a stream that goes on, with what its source calls it."""
        turn = self._turns[client] = self._turns[client] + 1
        share = self._shares[client]
        stream = share[turn % len(share)]
        self._versions[stream] += 1
        fact = StoredFact(
            originator_id=stream,
            originator_version=self._versions[stream],
            topic=TOPIC,
            state=(PAYLOAD % turn).encode(),
            natural_key=f"trade:{uuid4()}",
        )
        self._ledger.recorder.append(Append(facts=[fact], context=NOBODY))

    def _load_next(self, client: int) -> None:
        self._turns[client] += 1
        self._load(self._loaded[self._turns[client] % LOADED])

    def _load(self, stream: UUID) -> None:
        found = self._ledger.recorder.select_events(stream)
        assert found, "the stream is there"
