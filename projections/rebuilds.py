"""Rebuilds as the database knows them: what is built, and who works on which range of streams.

The rows decide, whoever was told what. Each function is one statement or one transaction.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, LiteralString
from uuid import UUID

from psycopg import Connection, Cursor
from psycopg.rows import class_row

from application.log import StreamRange
from domain.errors import DomainError
from projections.errors import PoisonEvent, ReadModelsMissing, RebuildGivenUp
from projections.kernel import Projection
from projections.versions import version_of

ATTEMPTS_MAX: Final = 10
KEPT_MAX: Final = 100
"""Ended rebuilds that are remembered."""

SELECT: Final = """
SELECT b.rebuild_id, b.schema_name, b.models, b.versions, b.head, b.status, b.throttle,
    b.started_at, b.finished_at, b.position, b.problem_code, b.problem_sentence, b.problem_facts,
    coalesce(r.ranges, 0) AS ranges, coalesce(r.ranges_done, 0) AS ranges_done,
    coalesce(r.workers, 0) AS workers, coalesce(r.events, 0)::bigint AS events,
    coalesce(r.done, 0)::bigint AS done, clock_timestamp() AS asked_at
FROM work.rebuilds AS b LEFT JOIN (
    SELECT rebuild_id, count(*) AS ranges, count(*) FILTER (WHERE status = 'done') AS ranges_done,
        count(DISTINCT owner) AS workers, sum(events) AS events, sum(done) AS done
    FROM work.rebuild_ranges GROUP BY rebuild_id
) AS r USING (rebuild_id)
"""
OPEN: Final = SELECT + " WHERE b.finished_at IS NULL"
ONE: Final = SELECT + " WHERE b.rebuild_id = %s"
NEWEST: Final = SELECT + " ORDER BY b.started_at DESC LIMIT %s"
INSERT: Final = """
INSERT INTO work.rebuilds (rebuild_id, schema_name, models, versions, head, throttle)
VALUES (%s, %s, %s, %s, %s, %s)
"""
INSERT_RANGES: Final = """
INSERT INTO work.rebuild_ranges (rebuild_id, number, after_stream, until_stream, events)
SELECT %s, number, after_stream, until_stream, events
FROM unnest(%s::uuid[], %s::uuid[], %s::bigint[]) WITH ORDINALITY
    AS given (after_stream, until_stream, events, number)
"""
GIVEN_UP: Final = """
SELECT EXISTS (
    SELECT FROM work.rebuild_ranges WHERE rebuild_id = %s AND attempts >= %s
        AND (status = 'waiting' OR (status = 'held' AND lease_until < clock_timestamp()))
)
"""
LETTERS: Final = """
SELECT DISTINCT unnest(letters) FROM work.rebuild_ranges WHERE rebuild_id = %s
"""
FOLLOW: Final = """
UPDATE work.rebuilds SET status = 'following' WHERE rebuild_id = %s AND status = 'loading'
"""
END: Final = """
UPDATE work.rebuilds SET status = %s, finished_at = clock_timestamp(), position = %s,
    problem_code = %s, problem_sentence = left(%s, 2000), problem_facts = %s
WHERE rebuild_id = %s AND finished_at IS NULL
"""
NOTE: Final = """
UPDATE work.rebuilds SET problem_code = %s, problem_sentence = left(%s, 2000)
WHERE rebuild_id = %s AND finished_at IS NULL
"""
PRUNE: Final = """
DELETE FROM work.rebuilds WHERE rebuild_id IN (
    SELECT rebuild_id FROM work.rebuilds WHERE finished_at IS NOT NULL
    ORDER BY started_at DESC OFFSET %s
)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuild:
    """One rebuild. `done` of `events` are loaded; `workers` hold ranges at the moment."""

    rebuild_id: UUID
    schema_name: str
    models: Sequence[str]
    versions: Sequence[str]
    head: int
    status: str
    throttle: int | None
    started_at: datetime
    finished_at: datetime | None
    position: int | None
    problem_code: str | None
    problem_sentence: str | None
    problem_facts: str | None
    ranges: int
    ranges_done: int
    workers: int
    events: int
    done: int
    asked_at: datetime

    def is_of(self, models: Sequence[Projection]) -> bool:
        """Whether it builds these models, by the code of this process."""
        wanted = [(model.name, version_of(model)) for model in models]
        return wanted == list(zip(self.models, self.versions, strict=True))

    @property
    def seconds_left(self) -> int | None:
        """Until all is loaded, at the pace so far; None where nothing says so."""
        if self.finished_at is not None or not self.done:
            return None
        so_far = self.asked_at - self.started_at
        return int(so_far.total_seconds()) * max(0, self.events - self.done) // self.done


def open_rebuild(connection: Connection[Any]) -> Rebuild | None:
    """The rebuild that has not ended; there is one at the most."""
    return _one(connection, OPEN)


def find_rebuild(connection: Connection[Any], rebuild_id: UUID) -> Rebuild:
    """A rebuild that is known to be there."""
    found = _one(connection, ONE, rebuild_id)
    assert found is not None, "a rebuild is kept while anybody asks for it"
    return found


def newest_rebuilds(connection: Connection[Any], *, limit: int) -> Sequence[Rebuild]:
    """The newest rebuilds, whatever became of them."""
    with connection.cursor(row_factory=class_row(Rebuild)) as cursor:
        return cursor.execute(NEWEST, (limit,)).fetchall()


def insert_rebuild(
    cursor: Cursor[Any],
    rebuild_id: UUID,
    *,
    schema: str,
    models: Sequence[Projection],
    head: int,
    throttle: int | None,
    ranges: Sequence[StreamRange],
) -> None:
    """Write down a rebuild that begins, and its ranges; older ones are forgotten."""
    names, versions = [model.name for model in models], [version_of(model) for model in models]
    cursor.execute(INSERT, (rebuild_id, schema, names, versions, head, throttle))
    given = zip(*((each.after, each.until, each.events) for each in ranges), strict=True)
    cursor.execute(INSERT_RANGES, (rebuild_id, *(map(list, given) if ranges else ([], [], []))))
    cursor.execute(PRUNE, (KEPT_MAX,))


def letters_held(connection: Connection[Any], rebuild_id: UUID) -> Collection[int]:
    """The letters of accounts that were left standing while ranges were loaded."""
    return {letter for (letter,) in connection.execute(LETTERS, (rebuild_id,)).fetchall()}


def refuse_if_ended(connection: Connection[Any], rebuild: Rebuild) -> None:
    """Refuse as a worker did, or with RebuildGivenUp where none tries a range again."""
    if rebuild.problem_code is not None and rebuild.finished_at is not None:
        raise _problem(rebuild)
    tried = connection.execute(GIVEN_UP, (rebuild.rebuild_id, ATTEMPTS_MAX)).fetchone()
    if rebuild.finished_at is not None or tried == (True,):
        raise RebuildGivenUp(
            f"A range of streams was taken up {ATTEMPTS_MAX} times, and no worker came to its end;"
            " see what they logged, then start again."
        )


def follow(cursor: Cursor[Any], rebuild_id: UUID) -> None:
    """All is loaded: from here on the build follows the log."""
    cursor.execute(FOLLOW, (rebuild_id,))


def end(
    connection: Connection[Any],
    rebuild_id: UUID,
    status: str,
    *,
    position: int | None = None,
    problem: DomainError | None = None,
) -> None:
    """End a rebuild; one that has ended stays as it is."""
    told: Mapping[str, Any] = problem.facts if problem else {}
    facts = json.dumps(told, default=str) if problem else None
    code, sentence = (problem.code, problem.sentence) if problem else (None, None)
    connection.execute(END, (status, position, code, sentence, facts, rebuild_id))


def note(connection: Connection[Any], rebuild_id: UUID, problem: DomainError) -> None:
    """Say what a rebuild waits for; it is not over."""
    connection.execute(NOTE, (problem.code, problem.sentence, rebuild_id))


def _problem(rebuild: Rebuild) -> DomainError:
    facts = json.loads(rebuild.problem_facts or "{}")
    sentence = rebuild.problem_sentence or ""
    for known in (PoisonEvent, ReadModelsMissing):
        if known.code == rebuild.problem_code:
            return known(sentence, **facts)
    return RebuildGivenUp(sentence, **facts)


def _one(connection: Connection[Any], query: LiteralString, *values: object) -> Rebuild | None:
    with connection.cursor(row_factory=class_row(Rebuild)) as cursor:
        return cursor.execute(query, values).fetchone()
