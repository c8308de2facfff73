"""Runs in the schema `work`. A lease is held by name and by the database's clock."""

import json
from collections.abc import Sequence
from typing import Any, Final, LiteralString

from psycopg.rows import dict_row
from typing_extensions import override

from application.errors import IdempotencyKeyReused, StreamNotFound
from application.whatif.errors import RunEnded, RunGivenUp, TooManyRuns
from application.whatif.runs import ATTEMPTS_MAX, Lease, NewRun, Run, Runs
from domain.documents import canonical_json
from domain.kernel import UUID
from infrastructure.postgres.persistence import Session, open_pool, persistently
from infrastructure.postgres.pools import Pool, new_pool
from infrastructure.postgres.sessions import session_conninfo

# Any constant will do, as long as every release has the same.
ASKING_LOCK: Final = 4_217_006
GIVEN_UP: Final = (
    f"{ATTEMPTS_MAX} workers took the run up, and each ended before it was done; ask about fewer"
    " accounts, or see to the workers."
)
SELECT: Final = """
SELECT run_id, caller, status, question, log_position, created_at, started_at, finished_at,
    attempts, done, total, flips_kept, summary, problem_code, problem_sentence
FROM work.whatif_runs WHERE run_id = %s
"""
SAME_KEY: Final = """
SELECT run_id, fingerprint FROM work.whatif_runs WHERE caller = %s AND idempotency_key = %s
"""
OPEN: Final = """
SELECT count(*) FILTER (WHERE caller = %s), count(*) FROM work.whatif_runs
WHERE status IN ('queued', 'running')
"""
INSERT: Final = """
INSERT INTO work.whatif_runs (run_id, caller, idempotency_key, fingerprint, question, log_position)
VALUES (%s, %s, %s, %s, %s, %s)
"""
CANCEL: Final = """
UPDATE work.whatif_runs SET status = 'cancelled', finished_at = clock_timestamp(),
    lease_owner = null, lease_until = null
WHERE run_id = %s AND status IN ('queued', 'running')
"""
WAITING: Final = """
SELECT run_id FROM work.whatif_runs
WHERE status = 'queued' OR (status = 'running' AND lease_until < clock_timestamp())
ORDER BY created_at, run_id LIMIT 100
"""
CLAIM: Final = """
UPDATE work.whatif_runs SET status = 'running', attempts = attempts + 1, done = 0, flips_kept = 0,
    started_at = coalesce(started_at, clock_timestamp()),
    lease_owner = %s, lease_until = clock_timestamp() + make_interval(secs => %s)
WHERE run_id = %s AND attempts < %s
    AND (status = 'queued' OR (status = 'running' AND lease_until < clock_timestamp()))
"""
GIVE_UP: Final = """
UPDATE work.whatif_runs SET status = 'failed', finished_at = clock_timestamp(),
    lease_owner = null, lease_until = null, problem_code = %s, problem_sentence = %s
WHERE run_id = %s AND attempts >= %s
    AND (status = 'queued' OR (status = 'running' AND lease_until < clock_timestamp()))
"""
FORGET_FLIPS: Final = "DELETE FROM work.whatif_flips WHERE run_id = %s"
# The row lock keeps a cancellation and a take-over out until the flips are in.
HOLD: Final = """
SELECT flips_kept FROM work.whatif_runs WHERE run_id = %s AND lease_owner = %s FOR UPDATE
"""
KEEP: Final = """
INSERT INTO work.whatif_flips (run_id, number, flip)
SELECT %s, %s + place - 1, flip FROM unnest(%s::text[]) WITH ORDINALITY AS given(flip, place)
"""
COUNT_FLIPS: Final = "UPDATE work.whatif_runs SET flips_kept = %s WHERE run_id = %s"
RENEW: Final = """
UPDATE work.whatif_runs
SET lease_until = clock_timestamp() + make_interval(secs => %s), done = %s, total = %s
WHERE run_id = %s AND lease_owner = %s
"""
FINISH: Final = """
UPDATE work.whatif_runs SET status = 'done', finished_at = clock_timestamp(), summary = %s,
    done = %s, total = %s, lease_owner = null, lease_until = null
WHERE run_id = %s AND lease_owner = %s
"""
FAIL: Final = """
UPDATE work.whatif_runs SET status = 'failed', finished_at = clock_timestamp(), problem_code = %s,
    problem_sentence = left(%s, 2000), lease_owner = null, lease_until = null
WHERE run_id = %s AND lease_owner = %s
"""
RELEASE: Final = """
UPDATE work.whatif_runs SET status = 'queued', attempts = attempts - 1,
    lease_owner = null, lease_until = null
WHERE run_id = %s AND lease_owner = %s
"""
PRUNE: Final = """
DELETE FROM work.whatif_runs WHERE run_id IN (
    SELECT run_id FROM work.whatif_runs WHERE status IN ('done', 'failed', 'cancelled')
    ORDER BY finished_at DESC, run_id DESC OFFSET %s
)
"""


class PostgresRuns(Runs):
    """The `Runs` port, as `dynasty_worker`."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool

    @override
    def ask(self, new: NewRun, *, open_max: int, waiting_max: int) -> tuple[Run, bool]:
        def asking(session: Session, _: bool) -> tuple[UUID, bool]:  # noqa: FBT001 (persistently's)
            with session.transaction():
                # Counting and adding are one step; so few are asked that one lock will do.
                session.execute("SELECT pg_advisory_xact_lock(%s)", (ASKING_LOCK,))
                if (known := _asked_before(session, new)) is not None:
                    return known, True
                _refuse_too_many(session, new, open_max=open_max, waiting_max=waiting_max)
                question = canonical_json(new.question)
                session.execute(
                    INSERT,
                    (
                        new.run_id, new.caller, new.key, new.fingerprint, question,
                        new.log_position,
                    ),
                )  # fmt: skip
                return new.run_id, False

        run_id, replayed = persistently(self.pool, asking)
        return self.find(run_id), replayed

    @override
    def find(self, run_id: UUID) -> Run:
        return persistently(self.pool, lambda session, _: _found(session, run_id))

    @override
    def cancel(self, run_id: UUID) -> Run:
        self._changes(CANCEL, run_id)
        run = self.find(run_id)
        if run.status != "cancelled":
            raise RunEnded(
                f"The run has ended already, it is {run.status}; read what it came to.",
                status_of_run=run.status,
            )
        return run

    @override
    def waiting(self) -> Sequence[UUID]:
        rows = persistently(self.pool, lambda session, _: session.execute(WAITING).fetchall())
        return [run_id for (run_id,) in rows]

    @override
    def claim(self, lease: Lease, *, seconds: int) -> Run | None:
        def claiming(session: Session, _: bool) -> Run | None:  # noqa: FBT001 (persistently's)
            with session.transaction():
                session.execute(GIVE_UP, (RunGivenUp.code, GIVEN_UP, lease.run_id, ATTEMPTS_MAX))
                claimed = session.execute(CLAIM, (lease.owner, seconds, lease.run_id, ATTEMPTS_MAX))
                if not claimed.rowcount:
                    return None
                session.execute(FORGET_FLIPS, (lease.run_id,))
                return _found(session, lease.run_id)

        return persistently(self.pool, claiming)

    @override
    def renew(self, lease: Lease, *, seconds: int, done: int, total: int | None) -> bool:
        return self._changes(RENEW, seconds, done, total, lease.run_id, lease.owner)

    @override
    def keep(self, lease: Lease, flips: Sequence[str], *, first: int) -> bool:
        def keeping(session: Session, _: bool) -> bool:  # noqa: FBT001 (persistently's)
            with session.transaction():
                held = session.execute(HOLD, (lease.run_id, lease.owner)).fetchone()
                if held is None:
                    return False
                last = first + len(flips) - 1
                if held[0] < last:
                    # Else a lost answer: they are in already.
                    session.execute(KEEP, (lease.run_id, first, list(flips)))
                    session.execute(COUNT_FLIPS, (last, lease.run_id))
                return True

        return persistently(self.pool, keeping)

    @override
    def finish(self, lease: Lease, summary: dict[str, Any], *, done: int) -> bool:
        text = canonical_json(summary)
        return self._changes(FINISH, text, done, done, lease.run_id, lease.owner)

    @override
    def fail(self, lease: Lease, *, code: str, sentence: str) -> bool:
        return self._changes(FAIL, code, sentence, lease.run_id, lease.owner)

    @override
    def release(self, lease: Lease) -> bool:
        return self._changes(RELEASE, lease.run_id, lease.owner)

    @override
    def prune(self, *, keep: int) -> int:
        return persistently(self.pool, lambda session, _: session.execute(PRUNE, (keep,)).rowcount)

    def close(self) -> None:
        """Give the connections back."""
        self.pool.close()

    def _changes(self, statement: LiteralString, *values: object) -> bool:
        return persistently(
            self.pool, lambda session, _: session.execute(statement, values).rowcount > 0
        )


def open_runs(conninfo: str, *, pool_size: int) -> PostgresRuns:
    """The runs in the database of this libpq URL or keyword string; close them after use.

    The login must be a member of `dynasty_worker`. Refuses with DatabaseUnusable.
    """
    pool = new_pool(
        session_conninfo(conninfo, role="dynasty_worker", application="dynasty-worker"),
        pool_size=pool_size,
        name="work",
    )
    open_pool(pool)
    return PostgresRuns(pool)


def _asked_before(session: Session, new: NewRun) -> UUID | None:
    row = session.execute(SAME_KEY, (new.caller, new.key)).fetchone()
    if row is None:
        return None
    run_id, fingerprint = row
    if fingerprint != new.fingerprint:
        raise IdempotencyKeyReused(
            "This idempotency key was used before with another question. Use a new key for a new"
            " one, or send the first again.",
            key=new.key,
        )
    assert isinstance(run_id, UUID)
    return run_id


def _refuse_too_many(session: Session, new: NewRun, *, open_max: int, waiting_max: int) -> None:
    row = session.execute(OPEN, (new.caller,)).fetchone()
    own, every = row or (0, 0)
    if own >= open_max or every >= waiting_max:
        raise TooManyRuns(
            f"{own} of your runs and {every} in all are not ended; {open_max} and {waiting_max} may"
            " be. Wait for one to end, or cancel one.",
        )


def _found(session: Session, run_id: UUID) -> Run:
    with session.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(SELECT, (run_id,)).fetchone()
    if row is None:
        raise StreamNotFound(f"There is no what-if run {run_id}; list the runs for all there are.")
    row["question"] = json.loads(row["question"])
    row["summary"] = None if row["summary"] is None else json.loads(row["summary"])
    return Run(**row)
