"""Ranges of a rebuild, each held by one worker at a time, by lease.

The rows decide, whoever was told what. Each function is one statement.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from psycopg import Connection, Cursor
from psycopg.rows import class_row

from application.log import StreamRange
from projections.rebuilds import ATTEMPTS_MAX

LEASE_SECONDS: Final = 20
"""After this long without a word from its worker a range is another's."""

# What is due is taken in order; what another is just taking is passed over.
CLAIM: Final = """
UPDATE work.rebuild_ranges AS r SET status = 'held', epoch = r.epoch + 1,
    attempts = r.attempts + 1, owner = %(owner)s, done = 0,
    lease_until = clock_timestamp() + make_interval(secs => %(seconds)s)
FROM (
    SELECT rebuild_id, number FROM work.rebuild_ranges
    WHERE rebuild_id = %(rebuild_id)s AND attempts < %(attempts_max)s
        AND (status = 'waiting' OR (status = 'held' AND lease_until < clock_timestamp()))
    ORDER BY number LIMIT 1 FOR UPDATE SKIP LOCKED
) AS due
WHERE r.rebuild_id = due.rebuild_id AND r.number = due.number
RETURNING r.rebuild_id, r.number, r.epoch, r.owner, r.after_stream, r.until_stream, r.events
"""
MINE: Final = """
WHERE rebuild_id = %(rebuild_id)s AND number = %(number)s AND epoch = %(epoch)s AND status = 'held'
"""
RENEW: Final = (
    """
UPDATE work.rebuild_ranges
SET lease_until = clock_timestamp() + make_interval(secs => %(seconds)s), done = %(done)s
"""
    + MINE
)
FINISH: Final = (
    """
UPDATE work.rebuild_ranges
SET status = 'done', owner = null, lease_until = null, done = %(done)s, letters = %(letters)s
"""
    + MINE
)
RELEASE: Final = (
    """
UPDATE work.rebuild_ranges
SET status = 'waiting', owner = null, lease_until = null, done = 0,
    attempts = attempts - %(untried)s
"""
    + MINE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A range, and the epoch under which this worker has it."""

    rebuild_id: UUID
    number: int
    epoch: int
    owner: UUID
    after_stream: UUID | None
    until_stream: UUID
    events: int

    @property
    def streams(self) -> StreamRange:
        """The streams of the range."""
        return StreamRange(self.after_stream, self.until_stream, self.events)


def claim_range(connection: Connection[Any], rebuild_id: UUID, owner: UUID) -> Claim | None:
    """The next range that nobody has, as this worker's; None when there is none."""
    given = {
        "rebuild_id": rebuild_id,
        "owner": owner,
        "seconds": LEASE_SECONDS,
        "attempts_max": ATTEMPTS_MAX,
    }
    with connection.cursor(row_factory=class_row(Claim)) as cursor:
        return cursor.execute(CLAIM, given).fetchone()


def renew(connection: Connection[Any], claim: Claim, *, done: int) -> bool:
    """Hold a range for longer, and say how far it is; false where it is another's by now."""
    given = {**_named(claim), "seconds": LEASE_SECONDS, "done": done}
    return connection.execute(RENEW, given).rowcount == 1


def finish(cursor: Cursor[Any], claim: Claim, *, done: int, letters: Sequence[int]) -> bool:
    """End a range, with all its rows; false where it is another's: then nothing may stay.

    `letters` are those of accounts that were left standing.
    """
    given = {**_named(claim), "done": done, "letters": list(letters)}
    return cursor.execute(FINISH, given).rowcount == 1


def release(connection: Connection[Any], claim: Claim, *, tried: bool = True) -> None:
    """Give a range back; one that was not really tried keeps its attempt."""
    connection.execute(RELEASE, {**_named(claim), "untried": int(not tried)})


def _named(claim: Claim) -> dict[str, object]:
    return {"rebuild_id": claim.rebuild_id, "number": claim.number, "epoch": claim.epoch}
