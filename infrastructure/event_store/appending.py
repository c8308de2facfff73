"""One append: one call of `ledger.append`, and never twice the same.

A lost connection leaves it open whether the append happened. Before it is sent again, and whenever
the database reports a conflict after that, the log is asked for the very events that were sent.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final
from uuid import UUID

import psycopg
from eventsourcing.persistence import IntegrityError
from psycopg import RawCursor
from psycopg.errors import CheckViolation, UniqueViolation

from application.context import CommandContext
from infrastructure.event_store.errors import NotRecordable
from infrastructure.event_store.stored import StoredFact
from infrastructure.postgres.arrays import array_literal
from infrastructure.postgres.persistence import Session, persistently
from infrastructure.postgres.pools import Pool

KEY_USED: Final = "LK001"  # Raised by ledger.append.

TYPES: Final = (
    *("uuid[]", "int[]", "uuid[]", "text[]", "smallint[]", "text[]", "timestamptz[]"),
    *("int[]", "text[]", "text[]"),
    *("text", "text", "text", "text", "text"),
    *("text", "text", "text", "uuid", "int"),
)
OWN_EVENT: Final = """
SELECT ledger_seq FROM ledger.events
WHERE stream_id = %s AND stream_version = %s AND event_id = %s
"""


class AppendConflict(IntegrityError):
    """A stream version, a natural key or an idempotency key is in the log already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Append:
    """What is to be written together. The receipt is kept beside the context's key, if any."""

    facts: Sequence[StoredFact]
    context: CommandContext
    receipt_stream_id: UUID | None = None
    receipt_version: int | None = None


def append(pool: Pool, wanted: Append, *, again: bool = False) -> range:
    """Write it, and return the positions of its events.

    `again` says that it was sent before and may be in the log. Refuses with AppendConflict,
    NotRecordable or LedgerUnavailable.
    """

    def attempt(session: Session, lost: bool) -> range:  # noqa: FBT001 - `persistently` says it.
        if (again or lost) and (found := _found(session, wanted)):
            return found
        try:
            (positions,) = _send(session, [wanted])
        except AppendConflict:
            # The attempt that was cut off may have gone through in the meantime.
            if (again or lost) and (found := _found(session, wanted)):
                return found
            raise
        return positions

    return persistently(pool, attempt)


def append_together(pool: Pool, appends: Sequence[Append]) -> Sequence[range]:
    """Write all of them in one transaction, and return the positions of each. Never sent twice.

    Refuses with AppendConflict or NotRecordable, and with the driver's error when the connection
    is lost: then all of them may be in the log.
    """
    with pool.connection() as session:
        return _send(session, appends)


def _send(session: Session, appends: Sequence[Append]) -> Sequence[range]:
    values = [value for wanted in appends for value in _parameters(wanted)]
    try:
        rows = RawCursor(session).execute(_statement(len(appends)), values, prepare=True).fetchall()
    except UniqueViolation as error:
        raise AppendConflict(str(error)) from error
    except (CheckViolation, psycopg.DataError) as error:
        raise NotRecordable(
            f"The log does not take this: {error.diag.message_primary or error}."
            " Shorten the field or leave out the character.",
            constraint=error.diag.constraint_name,
        ) from error
    except psycopg.DatabaseError as error:
        if error.sqlstate == KEY_USED:
            raise AppendConflict(str(error)) from error
        raise
    assert len(rows) == len(appends), "the function returns one row"
    written = {place: (first_seq, last_seq) for place, first_seq, last_seq in rows}
    return [
        range(written[place][0], written[place][1] + 1) if wanted.facts else range(0)
        for place, wanted in enumerate(appends)
    ]


@cache
def _statement(count: int) -> bytes:
    """So many calls of the function in one statement, which is one transaction."""
    calls = []
    for place in range(count):
        first = place * len(TYPES) + 1
        values = (f"${number}::{kind}" for number, kind in enumerate(TYPES, start=first))
        call = f"ledger.append({', '.join(values)})"
        calls.append(f"SELECT {place}, first_seq, last_seq FROM {call}")  # noqa: S608 (no input)
    return " UNION ALL ".join(calls).encode()


def _found(session: Session, wanted: Append) -> range | None:
    """The positions of these very events, if they are in the log; appends are whole or nothing."""
    if not wanted.facts:
        return None
    first = wanted.facts[0]
    row = session.execute(
        OWN_EVENT, (first.originator_id, first.originator_version, first.event_id)
    ).fetchone()
    return range(row[0], row[0] + len(wanted.facts)) if row else None


def _parameters(wanted: Append) -> Sequence[str | None]:
    """All as text: the statement names the types, and stays the same one for all values."""
    facts, context, key = wanted.facts, wanted.context, wanted.context.idempotency
    payloads = [fact.state.decode() for fact in facts]
    natural = [(place, fact) for place, fact in enumerate(facts, start=1) if fact.natural_key]
    return (
        array_literal(fact.originator_id for fact in facts),
        array_literal(fact.originator_version for fact in facts),
        array_literal(fact.event_id for fact in facts),
        array_literal(fact.topic for fact in facts),
        array_literal(fact.schema_version for fact in facts),
        array_literal(payloads),
        array_literal(fact.effective_at for fact in facts),
        array_literal(place for place, _ in natural),
        array_literal(fact.natural_key for _, fact in natural),
        array_literal(fact.content_fingerprint for _, fact in natural),
        context.actor,
        context.correlation_id,
        context.causation_id,
        context.request_id,
        context.reason,
        key.scope if key else None,
        key.key if key else None,
        key.fingerprint if key else None,
        str(wanted.receipt_stream_id) if wanted.receipt_stream_id else None,
        str(wanted.receipt_version) if wanted.receipt_version else None,
    )
