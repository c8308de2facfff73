"""The effects table: written with the follower's position, emptied by any number of drainers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

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

POSITION: Final = "SELECT position FROM work.followers WHERE name = %s"
ADVANCE: Final = """
UPDATE work.followers SET position = %s, updated_at = clock_timestamp()
WHERE name = %s AND position = %s
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
    SELECT effect_id FROM work.effects
    WHERE status = 'pending' AND next_attempt_at <= clock_timestamp()
    ORDER BY effect_id LIMIT %s FOR UPDATE SKIP LOCKED
) AS due
WHERE e.effect_id = due.effect_id
RETURNING e.effect_id, e.policy, e.event_id, e.account_id, e.action, e.payload, e.attempts
"""
SENT: Final = """
UPDATE work.effects SET status = 'sent', done_at = clock_timestamp(), last_error = NULL
WHERE effect_id = %s
"""
AGAIN: Final = """
UPDATE work.effects
SET next_attempt_at = clock_timestamp() + make_interval(secs => %s), last_error = %s
WHERE effect_id = %s AND status = 'pending'
"""
FAILED: Final = """
UPDATE work.effects SET status = 'failed', last_error = %s
WHERE effect_id = %s AND status = 'pending'
"""
RETRY: Final = """
UPDATE work.effects SET status = 'pending', attempts = 0, next_attempt_at = clock_timestamp()
WHERE status = 'failed' AND (%s::bigint IS NULL OR effect_id = %s)
"""


class PostgresEffects(EffectsKept, EffectsDue):
    """The table `work.effects` and its follower's position, written as `dynasty_engine`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    @override
    def position(self) -> int:
        row = persistently(
            self._pool, lambda session, _: session.execute(POSITION, (FOLLOWER,)).fetchone()
        )
        assert row is not None, "the migration made it"
        return int(row[0])

    @override
    def keep(self, effects: Sequence[Effect], *, expected: int, position: int) -> bool:
        def write(session: Session, _: bool) -> bool:  # noqa: FBT001 (the shape of an attempt)
            with session.transaction(), session.cursor() as cursor:
                cursor.execute(ADVANCE, (position, FOLLOWER, expected))
                if cursor.rowcount == 0:
                    return False
                cursor.executemany(KEEP, [_row(each) for each in effects])
                return True

        return persistently(self._pool, write)

    @override
    def take(self, *, limit: int) -> Sequence[Due]:
        rows = persistently(
            self._pool,
            lambda session, _: session.execute(TAKE, (TAKEN_SECONDS, limit)).fetchall(),
        )
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
    def sent(self, effect_id: int) -> None:
        self._note(SENT, effect_id)

    @override
    def again(self, effect_id: int, *, after: timedelta, error: str) -> None:
        self._note(AGAIN, after.total_seconds(), error[:ERROR_LENGTH_MAX], effect_id)

    @override
    def failed(self, effect_id: int, *, error: str) -> None:
        self._note(FAILED, error[:ERROR_LENGTH_MAX], effect_id)

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


def _row(effect: Effect) -> tuple[str, UUID, UUID, str, str]:
    payload = json.dumps(dict(effect.payload))
    return effect.policy, effect.event_id, effect.account_id, effect.action, payload
