"""The effects table: written with the follower's positions, emptied by who holds the lanes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import TupleRow
from typing_extensions import override

from application.enforcement.draining import Due, EffectsDue
from application.enforcement.errors import EffectNotFailed
from application.enforcement.following import EffectsKept
from application.enforcement.ports import Effect
from infrastructure.postgres.persistence import Session, persistently
from infrastructure.postgres.pools import Pool

FOLLOWER: Final = "effects"
TAKEN_SECONDS: Final = 60
"""Longer than the platform may take to answer; after that another may try."""

ERROR_LENGTH_MAX: Final = 500

CLAIM: Final = """
UPDATE work.followers AS f SET epoch = held.epoch
FROM unnest(%s::smallint[], %s::bigint[]) AS held (lane, epoch)
WHERE f.name = %s AND f.lane = held.lane AND f.epoch < held.epoch
"""
POSITIONS: Final = "SELECT lane, position FROM work.followers WHERE name = %s"
ADVANCE: Final = """
UPDATE work.followers AS f SET position = %s, updated_at = clock_timestamp()
FROM unnest(%s::smallint[], %s::bigint[]) AS held (lane, epoch)
WHERE f.name = %s AND f.lane = held.lane AND f.epoch = held.epoch AND f.position = %s
"""
KEEP: Final = """
INSERT INTO work.effects (policy, event_id, account_id, action, payload)
VALUES (%s, %s, %s, %s, %s::jsonb) ON CONFLICT ON CONSTRAINT effects_once DO NOTHING
"""
TAKE: Final = """
UPDATE work.effects AS e
SET attempts = e.attempts + 1,
    next_attempt_at = clock_timestamp() + make_interval(secs => %s)
FROM (
    SELECT w.effect_id FROM work.effects AS w
    JOIN work.followers AS f ON f.name = %s AND f.lane = w.lane
    JOIN unnest(%s::smallint[], %s::bigint[]) AS held (lane, epoch)
        ON f.lane = held.lane AND f.epoch = held.epoch
    WHERE w.status = 'pending' AND w.next_attempt_at <= clock_timestamp()
    ORDER BY w.effect_id LIMIT %s FOR UPDATE OF w SKIP LOCKED
) AS due
WHERE e.effect_id = due.effect_id
RETURNING e.effect_id, e.policy, e.event_id, e.account_id, e.action, e.payload, e.attempts
"""
# Only whoever took it last may say what became of it.
SENT: Final = """
UPDATE work.effects SET status = 'sent', done_at = clock_timestamp(), last_error = NULL
WHERE effect_id = %s AND attempts = %s AND status = 'pending'
"""
AGAIN: Final = """
UPDATE work.effects
SET next_attempt_at = clock_timestamp() + make_interval(secs => %s), last_error = %s
WHERE effect_id = %s AND attempts = %s AND status = 'pending'
"""
FAILED: Final = """
UPDATE work.effects SET status = 'failed', last_error = %s
WHERE effect_id = %s AND attempts = %s AND status = 'pending'
"""
RETRY: Final = """
UPDATE work.effects SET status = 'pending', attempts = 0, next_attempt_at = clock_timestamp()
WHERE status = 'failed' AND (%s::bigint IS NULL OR effect_id = %s)
"""


class _Moved(Exception):
    """A lane was not where it was thought to be; what was written is taken back."""


class PostgresEffects(EffectsKept, EffectsDue):
    """The table `work.effects` and its follower's positions, written as `dynasty_engine`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    @override
    def claim(self, lanes: Mapping[int, int]) -> None:
        given = (list(lanes), list(lanes.values()), FOLLOWER)
        persistently(self._pool, lambda session, _: session.execute(CLAIM, given))

    @override
    def positions(self) -> Mapping[int, int]:
        return dict(
            persistently(
                self._pool, lambda session, _: session.execute(POSITIONS, (FOLLOWER,)).fetchall()
            )
        )

    @override
    def keep(
        self, effects: Sequence[Effect], *, lanes: Mapping[int, int], expected: int, position: int
    ) -> bool:
        given = (position, list(lanes), list(lanes.values()), FOLLOWER, expected)

        def write(session: Session, _: bool) -> bool:  # noqa: FBT001 (the shape of an attempt)
            try:
                with session.transaction(), session.cursor() as cursor:
                    _advance(cursor, given, lanes=len(lanes))
                    cursor.executemany(KEEP, [_row(each) for each in effects])
            except _Moved:
                return False
            return True

        return persistently(self._pool, write)

    @override
    def take(self, *, lanes: Mapping[int, int], limit: int) -> Sequence[Due]:
        given = (TAKEN_SECONDS, FOLLOWER, list(lanes), list(lanes.values()), limit)
        rows = persistently(self._pool, lambda session, _: session.execute(TAKE, given).fetchall())
        return [
            Due(
                effect_id=effect_id,
                attempt=attempts,
                effect=Effect(
                    policy=policy,
                    event_id=event_id,
                    account_id=account_id,
                    action=action,
                    payload=payload,
                ),
            )
            for effect_id, policy, event_id, account_id, action, payload, attempts in sorted(rows)
        ]

    @override
    def sent(self, due: Due) -> None:
        self._note(SENT, due.effect_id, due.attempt)

    @override
    def again(self, due: Due, *, after: timedelta, error: str) -> None:
        given = (after.total_seconds(), error[:ERROR_LENGTH_MAX], due.effect_id, due.attempt)
        self._note(AGAIN, *given)

    @override
    def failed(self, due: Due, *, error: str) -> None:
        self._note(FAILED, error[:ERROR_LENGTH_MAX], due.effect_id, due.attempt)

    @override
    def read(self, due: Due, effects: Sequence[Effect]) -> None:
        def write(session: Session, _: bool) -> None:  # noqa: FBT001 (the shape of an attempt)
            with session.transaction(), session.cursor() as cursor:
                cursor.execute(SENT, (due.effect_id, due.attempt))
                if cursor.rowcount:
                    cursor.executemany(KEEP, [_row(each) for each in effects])

        persistently(self._pool, write)

    def retry(self, effect_id: int | None) -> int:
        """Let failed effects, or one of them, be tried anew; how many. Refuses EffectNotFailed."""
        count = self._note(RETRY, effect_id, effect_id)
        if effect_id is not None and not count:
            raise EffectNotFailed(
                f"There is no failed effect {effect_id}; `dynasty rules-engine effects list` shows"
                " those that are.",
                effect_id=effect_id,
            )
        return count

    def _note(self, statement: str, *values: object) -> int:
        return persistently(
            self._pool,
            lambda session, _: session.execute(statement.encode(), values).rowcount,
        )


def _advance(cursor: Cursor[TupleRow], given: Sequence[object], *, lanes: int) -> None:
    cursor.execute(ADVANCE, given)
    if cursor.rowcount != lanes:
        raise _Moved


def _row(effect: Effect) -> tuple[str, UUID, UUID, str, str]:
    payload = json.dumps(dict(effect.payload))
    return effect.policy, effect.event_id, effect.account_id, effect.action, payload
