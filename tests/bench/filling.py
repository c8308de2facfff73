"""A log as long as asked, in minutes: rows as appends would have written them, put there by COPY.

For benchmarks alone, as the superuser. Accounts live as in a firm: so many at a time, each for a
hundred events or a few less, and their streams lie in the log as they were written, all mixed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import Any, Final
from uuid import UUID

from psycopg import Connection, connect
from psycopg.sql import SQL, Identifier

from tests.bench.appends import TOPIC

ALIVE: Final = 1_000
"""Accounts that are traded at a time."""

LENGTHS: Final = (80, 100)
ROWS_AT_ONCE: Final = 5_000
BEGAN_AT: Final = datetime(2026, 1, 5, tzinfo=UTC)
KEYS_AT_ONCE: Final = 250_000
EVENTS: Final = (
    "ledger_seq", "stream_id", "stream_version", "event_id", "event_type", "schema_version",
    "payload", "actor", "request_id", "effective_at", "recorded_at",
)  # fmt: skip
COPY_KEYS: Final = """
COPY ledger.natural_keys (stream_id, natural_key, fingerprint, ledger_seq) FROM STDIN
"""
PAYLOAD: Final = (
    '{"entry_price":"24760","entered_at":"2026-01-05T15:02:15Z","exit_price":"24754.25",'
    '"exited_at":"2026-01-05T15:04:07Z","fees_units":22200,"fingerprint":"0123456789abcdef",'
    '"gross_units":-345000,"quantity":3,"reported_units":-345000,"root":"MNQ","side":"long",'
    '"source":"bench","symbol":"MNQH6","trade_id":"%d","trading_day":"2026-01-05"}'
)
# In the order of time, as identifiers are that the ledger makes: the first half counts.
STREAM_IDS: Final = 0x0190_0000_0000_7000_8000_0000_0000_0000
EVENT_IDS: Final = 0x0190_1000_0000_7000_8000_0000_0000_0000
STEP: Final = 1 << 80
"""Between two identifiers: one in the leading 48 bits, where the time is."""


@dataclass(slots=True)
class Stream:
    """A stream while it grows: its version, and where it began and stands."""

    id: str
    until: int
    version: int = 0
    first: int = 0
    last: int = 0


@dataclass(slots=True)
class Filled:
    """What the log holds: streams that have ended, and those that go on, with their versions."""

    events: int
    ended: list[UUID] = field(default_factory=list)
    alive: dict[UUID, int] = field(default_factory=dict)


@dataclass(slots=True)
class _Life:
    random: Random
    streams: list[Stream] = field(default_factory=list)
    alive: list[Stream] = field(default_factory=list)

    def next(self, position: int) -> Stream:
        """The stream of the event at a position."""
        place = self.random.randrange(ALIVE)
        if place >= len(self.alive):
            place = len(self.alive)
            self.alive.append(self._begun())
        stream = self.alive[place]
        if stream.version == stream.until:
            stream = self.alive[place] = self._begun()
        stream.version += 1
        stream.first = stream.first or position
        stream.last = position
        return stream

    def _begun(self) -> Stream:
        number = len(self.streams)
        stream = Stream(_uuid(STREAM_IDS, number), self.random.randint(*LENGTHS))
        self.streams.append(stream)
        return stream


def fill(database_url: str, events: int, *, told: Callable[[int], object]) -> Filled:
    """Fill an empty, migrated log; `told` hears how many events it has.

    Every partition is filled in the transaction that makes it, which need not be logged.
    """
    life, filled = _Life(Random(7)), 0  # noqa: S311 (a log, not a secret)
    with (
        connect(database_url, autocommit=True) as session,
        connect(database_url, autocommit=True) as beside,
        ThreadPoolExecutor(1) as thread,
    ):
        keys = _Keys(beside, thread)
        session.execute("SET synchronous_commit = off")
        session.execute("DROP TABLE ledger.events_p1")
        session.execute("UPDATE ledger.head SET room_until = 0")
        while filled < events:
            with session.transaction():
                room = _number(session, "SELECT ledger.make_partition()")
                last = min(room, events)
                _copy(session, life, keys, range(filled + 1, last + 1), told)
            filled = last
        keys.write()
        keys.wait()
        _keep(session, life, events)
        session.execute("VACUUM (ANALYZE) ledger.streams, ledger.natural_keys, ledger.head")
        session.execute("ANALYZE ledger.events")
        session.execute("CHECKPOINT")
    return Filled(
        events,
        [UUID(each.id) for each in life.streams if each.version == each.until],
        {UUID(each.id): each.version for each in life.alive if each.version < each.until},
    )


class _Keys:
    """What their sources call the events: written beside them, in the order of the index."""

    def __init__(self, session: Connection[Any], thread: ThreadPoolExecutor) -> None:
        session.execute("SET synchronous_commit = off")
        self._session, self._thread = session, thread
        self._waiting: list[str] = []
        self._writing: Future[None] | None = None

    def add(self, key: str) -> None:
        """One more."""
        self._waiting.append(key)
        if len(self._waiting) == KEYS_AT_ONCE:
            self.write()

    def write(self) -> None:
        """Begin to write what there is, once the last ones are written."""
        self.wait()
        self._writing = self._thread.submit(self._copy, self._waiting)
        self._waiting = []

    def wait(self) -> None:
        """Until nothing is being written."""
        if self._writing is not None:
            self._writing.result()

    def _copy(self, keys: list[str]) -> None:
        keys.sort()
        with self._session.cursor() as cursor, cursor.copy(COPY_KEYS) as into:
            for begin in range(0, len(keys), ROWS_AT_ONCE):
                into.write("".join(keys[begin : begin + ROWS_AT_ONCE]))


def _copy(
    session: Connection[Any],
    life: _Life,
    keys: _Keys,
    positions: range,
    told: Callable[[int], object],
) -> None:
    """The partition that begins at the first of these positions."""
    copy = SQL("COPY {} ({}) FROM STDIN (FREEZE)").format(
        Identifier("ledger", f"events_p{positions[0]}"), SQL(", ").join(map(Identifier, EVENTS))
    )
    with session.cursor() as cursor, cursor.copy(copy) as into:
        for begin in range(0, len(positions), ROWS_AT_ONCE):
            piece = positions[begin : begin + ROWS_AT_ONCE]
            into.write("".join(_rows(life, piece, keys)))
            told(piece[-1])


def _rows(life: _Life, positions: range, keys: _Keys) -> Iterator[str]:
    for position in positions:
        stream = life.next(position)
        moment = f"2026-01-05 {position // 3_600_000 % 24:02d}:{position // 60_000 % 60:02d}:00+00"
        keys.add(f"{stream.id}\ttrade:{position}\t0123456789abcdef\t{position}\n")
        yield (
            f"{position}\t{stream.id}\t{stream.version}\t{_uuid(EVENT_IDS, position)}\t{TOPIC}\t1\t"
            f"{PAYLOAD % position}\tapi\treq-{position}\t{moment}\t{moment}\n"
        )


def _keep(session: Connection[Any], life: _Life, events: int) -> None:
    """The rows of the streams, and the head."""
    with session.transaction(), session.cursor() as cursor:
        with cursor.copy(
            "COPY ledger.streams (stream_id, version, first_seq, last_seq) FROM STDIN"
        ) as into:
            for each in life.streams:
                into.write(f"{each.id}\t{each.version}\t{each.first}\t{each.last}\n")
        cursor.execute(
            "UPDATE ledger.head SET last_seq = %s, last_recorded_at = %s", (events, BEGAN_AT)
        )


def _uuid(base: int, number: int) -> str:
    return f"{base + number * STEP:032x}"


def _number(session: Connection[Any], query: str) -> int:
    row = session.execute(query.encode()).fetchone()
    assert row is not None
    return int(row[0])
