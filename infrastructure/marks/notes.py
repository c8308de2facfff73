"""What the engine writes down for people: what was refused, and who is silent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from typing_extensions import override

from application.marks.mark import Mark, Refusal, moment_of
from application.marks.ports import EngineNotes, MarkState, Refusals
from infrastructure.postgres.persistence import Session, persistently
from infrastructure.postgres.pools import Pool

COUNT: Final = """
INSERT INTO work.mark_refusals AS r (
    partition, reason, day, count, last_account_id, last_at, last_open_pnl_units
)
VALUES (%s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (day, reason, partition) DO UPDATE SET
    count = r.count + excluded.count,
    last_account_id = coalesce(excluded.last_account_id, r.last_account_id),
    last_at = coalesce(excluded.last_at, r.last_at),
    last_open_pnl_units = coalesce(excluded.last_open_pnl_units, r.last_open_pnl_units),
    noted_at = clock_timestamp()
"""
# A share of the lease: until the counts are written nobody else can take the partition over.
OWNS: Final = "SELECT FROM work.mark_leases WHERE partition = %s AND epoch = %s FOR SHARE"
COUNTED: Final = """
INSERT INTO work.marks_counted (partition, entry) SELECT %s, unnest(%s::varchar[])
ON CONFLICT DO NOTHING RETURNING entry
"""
UNCOUNTED: Final = """
DELETE FROM work.marks_counted AS c USING work.mark_leases AS l
WHERE c.partition = %s AND NOT c.entry = ANY(%s) AND l.partition = %s AND l.epoch = %s
"""
STATES: Final = """
SELECT account_id, last_mark_at, unknown_since, unclosed_day::text FROM work.mark_states
WHERE partition = ANY(%s)
"""
NOTE: Final = """
INSERT INTO work.mark_states AS s (
    account_id, partition, last_mark_at, unknown_since, unclosed_day
)
SELECT n.account_id, l.partition, n.last_mark_at, n.unknown_since, n.unclosed_day
FROM unnest(%s::uuid[], %s::timestamptz[], %s::timestamptz[], %s::date[])
    AS n(account_id, last_mark_at, unknown_since, unclosed_day)
JOIN work.mark_leases AS l ON l.partition = %s AND l.epoch = %s
ON CONFLICT (account_id) DO UPDATE SET
    partition = excluded.partition,
    last_mark_at = excluded.last_mark_at,
    unknown_since = excluded.unknown_since,
    unclosed_day = excluded.unclosed_day,
    changed_at = clock_timestamp()
"""
FORGET: Final = """
DELETE FROM work.mark_states AS s USING work.mark_leases AS l
WHERE s.account_id = ANY(%s) AND l.partition = %s AND l.epoch = %s
"""


class PostgresNotes(EngineNotes):
    """The tables of schema `work`, written as `dynasty_engine`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    @override
    def count(
        self, partition: int, epoch: int, entries: Mapping[str, Refusals], *, at: datetime
    ) -> None:
        day = at.astimezone(UTC).date()

        def write(session: Session, _: bool) -> None:  # noqa: FBT001 (the shape of an attempt)
            with session.transaction(), session.cursor() as cursor:
                if cursor.execute(OWNS, (partition, epoch)).rowcount == 0:
                    return
                cursor.execute(COUNTED, (partition, sorted(entries)))
                new = [entries[entry] for (entry,) in cursor.fetchall()]
                rows = [
                    (partition, reason, day, count, *_example(last))
                    for reason, (count, last) in _summed(new).items()
                ]
                cursor.executemany(COUNT, rows)

        persistently(self._pool, write)

    @override
    def forget_entries(self, partition: int, epoch: int, *, but: Collection[str]) -> None:
        gone = (partition, sorted(but), partition, epoch)
        persistently(self._pool, lambda session, _: session.execute(UNCOUNTED, gone))

    @override
    def states(self, partitions: Iterable[int]) -> Sequence[MarkState]:
        rows = persistently(
            self._pool,
            lambda session, _: session.execute(STATES, (sorted(partitions),)).fetchall(),
        )
        return [
            MarkState(account_id=account, last_mark_at=last, unknown_since=since, unclosed_day=day)
            for account, last, since, day in rows
        ]

    @override
    def note(self, partition: int, epoch: int, states: Sequence[MarkState]) -> None:
        if not states:
            return
        columns = (
            [each.account_id for each in states],
            [each.last_mark_at for each in states],
            [each.unknown_since for each in states],
            [each.unclosed_day for each in states],
        )
        noted = (*columns, partition, epoch)
        persistently(self._pool, lambda session, _: session.execute(NOTE, noted))

    @override
    def forget(self, partition: int, epoch: int, accounts: Sequence[UUID]) -> None:
        if accounts:
            gone = (list(accounts), partition, epoch)
            persistently(self._pool, lambda session, _: session.execute(FORGET, gone))


def _summed(entries: Iterable[Refusals]) -> Refusals:
    counts: Counter[Refusal] = Counter()
    last: dict[Refusal, Mark | None] = {}
    for refusals in entries:
        for reason, (count, mark) in refusals.items():
            counts[reason] += count
            last[reason] = mark or last.get(reason)
    return {reason: (count, last[reason]) for reason, count in counts.items()}


def _example(last: Mark | None) -> tuple[UUID | None, datetime | None, int | None]:
    if last is None:
        return None, None, None
    return UUID(bytes=last.account), moment_of(last.at), last.open_pnl
