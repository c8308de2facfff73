"""Dead letters: which accounts are parked, for which read models, behind which event.

A letter is one event that stopped its stream. Every later event of the stream waits behind it in
the log, for the read models of the letter alone; the lane goes on.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, TypeAlias
from uuid import UUID

from psycopg import Connection, Cursor
from psycopg.rows import class_row

from application.log import RecordedEvent
from projections.errors import DeadLetterNotFound, PoisonEvent
from projections.lanes import lane_of

Status: TypeAlias = Literal["parked", "retried", "discarded"]

# Any constant will do, as long as every release has the same.
PARKING_LOCK: Final = 4_217_005
SENTENCE_LENGTH_MAX: Final = 2_000
CODE_LENGTH_MAX: Final = 100
LETTERS_SHOWN_MAX: Final = 1_000

OTHERS: Final = """
SELECT count(DISTINCT stream_id) FROM work.dead_letters WHERE status = 'parked' AND stream_id <> %s
"""
PARK: Final = """
INSERT INTO work.dead_letters
    (stream_id, lane, projections, ledger_seq, event_type, error_code, sentence)
VALUES (%s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (stream_id, ledger_seq) WHERE status = 'parked' DO UPDATE
SET projections = ARRAY(
        SELECT DISTINCT unnest(dead_letters.projections || excluded.projections) ORDER BY 1
    ),
    tried_at = clock_timestamp()
"""
# Whoever moves a position of the lane does so only at the count it has seen.
NOTE_PARKING: Final = "UPDATE positions SET parkings = parkings + 1 WHERE lane = %s"
COLUMNS: Final = """
letter_id, stream_id, lane, projections, ledger_seq, event_type, error_code, sentence, attempts,
status, parked_at, tried_at, closed_at
"""
STANDING: Final = f"""
SELECT {COLUMNS} FROM work.dead_letters
WHERE status IN ('parked', 'discarded') AND projections && %s::text[] ORDER BY ledger_seq
"""  # noqa: S608 (columns of our own)
LISTED: Final = f"""
SELECT {COLUMNS} FROM work.dead_letters
WHERE %s OR status = 'parked' ORDER BY letter_id DESC LIMIT {LETTERS_SHOWN_MAX}
"""  # noqa: S608 (the same)
ONE: Final = f"SELECT {COLUMNS} FROM work.dead_letters WHERE letter_id = %s"  # noqa: S608 (the same)
PARKED_STREAMS: Final = """
SELECT DISTINCT stream_id FROM work.dead_letters
WHERE status = 'parked' AND projections && %s::text[] ORDER BY stream_id
"""
TRIED: Final = """
UPDATE work.dead_letters
SET attempts = attempts + 1, tried_at = clock_timestamp(), error_code = %s, sentence = %s
WHERE letter_id = %s AND status = 'parked'
"""
CLOSE: Final = """
UPDATE work.dead_letters SET status = %s, closed_at = clock_timestamp(), attempts = attempts + 1
WHERE letter_id = %s AND status = 'parked'
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """An event that stopped its stream for some read models, and what became of it."""

    letter_id: int
    stream_id: UUID
    lane: int
    projections: Sequence[str]
    ledger_seq: int
    event_type: str
    error_code: str
    sentence: str
    attempts: int
    status: Status
    parked_at: datetime
    tried_at: datetime
    closed_at: datetime | None


def park(
    cursor: Cursor[Any],
    poisoned: RecordedEvent,
    projections: Collection[str],
    *,
    cause: PoisonEvent,
    parked_max: int,
) -> None:
    """Park the stream of an event, in the transaction that moves the lane past it.

    Refuses with PoisonEvent when so many are parked already that something else must be wrong.
    """
    cursor.execute("SELECT pg_advisory_xact_lock(%s)", (PARKING_LOCK,))
    cursor.execute(OTHERS, (poisoned.stream_id,))
    ((others,),) = cursor.fetchall()
    if others >= parked_max:
        raise PoisonEvent(
            f"{others} accounts are parked, and no more may be: {cause.sentence} So many at once"
            " are no accident of one account. See `dynasty dlq list`.",
            **cause.facts,
        )
    lane = lane_of(poisoned.stream_id)
    cursor.execute(
        PARK,
        (
            poisoned.stream_id,
            lane,
            sorted(projections),
            poisoned.ledger_seq,
            poisoned.event_type,
            cause.cause_code[:CODE_LENGTH_MAX],
            cause.cause_sentence[:SENTENCE_LENGTH_MAX],
        ),
    )
    cursor.execute(NOTE_PARKING, (lane,))


def standing_letters(connection: Connection[Any], names: Collection[str]) -> Sequence[DeadLetter]:
    """Letters that keep events from these models: of parked streams, and discarded ones."""
    with connection.cursor(row_factory=class_row(DeadLetter)) as cursor:
        return cursor.execute(STANDING, (list(names),)).fetchall()


def letters(connection: Connection[Any], *, every: bool = False) -> Sequence[DeadLetter]:
    """Open letters, or all, the newest first; at most a thousand."""
    with connection.cursor(row_factory=class_row(DeadLetter)) as cursor:
        return cursor.execute(LISTED.encode(), (every,)).fetchall()


def letter(connection: Connection[Any], letter_id: int, *, lock: bool = False) -> DeadLetter:
    """One letter. Refuses with DeadLetterNotFound."""
    with connection.cursor(row_factory=class_row(DeadLetter)) as cursor:
        query = ONE + (" FOR UPDATE" if lock else "")
        found = cursor.execute(query.encode(), (letter_id,)).fetchone()
    if found is None:
        raise DeadLetterNotFound(
            f"There is no dead letter {letter_id}; `dynasty dlq list --all` shows all there were.",
            letter_id=letter_id,
        )
    return found


def parked_streams(connection: Connection[Any], names: Collection[str]) -> Sequence[UUID]:
    """The streams whose rows in any of these models stand still."""
    rows = connection.execute(PARKED_STREAMS, (list(names),)).fetchall()
    return [stream_id for (stream_id,) in rows]


def note_attempt(cursor: Cursor[Any], letter_id: int, error: PoisonEvent) -> None:
    """Note that it was tried in vain, and why."""
    code, sentence = error.cause_code, error.cause_sentence
    cursor.execute(TRIED, (code[:CODE_LENGTH_MAX], sentence[:SENTENCE_LENGTH_MAX], letter_id))


def close(cursor: Cursor[Any], closed: DeadLetter, status: Status) -> None:
    """Let the stream go on. The schema in use is that of the live models."""
    cursor.execute(CLOSE, (status, closed.letter_id))
    cursor.execute(NOTE_PARKING, (closed.lane,))
