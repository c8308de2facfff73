"""One append: one call of `ledger.append`, and never twice the same.

A lost connection leaves it open whether the append happened. Before it is sent again, and whenever
the database reports a conflict after that, the log is asked for the very events that were sent.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import psycopg
from eventsourcing.persistence import IntegrityError
from psycopg.errors import CheckViolation, UniqueViolation

from application.context import CommandContext
from infrastructure.event_store.errors import NotRecordable
from infrastructure.event_store.stored import StoredFact
from infrastructure.postgres.arrays import array_literal
from infrastructure.postgres.persistence import Session, persistently
from infrastructure.postgres.pools import Pool

KEY_USED: Final = "LK001"  # Raised by ledger.append.

APPEND: Final = """
SELECT first_seq, last_seq FROM ledger.append(
    %s::uuid[], %s::int[], %s::uuid[], %s::text[], %s::smallint[], %s::text[], %s::timestamptz[],
    %s::int[], %s::text[], %s::text[],
    %s::text, %s::text, %s::text, %s::text, %s::text,
    %s::text, %s::text, %s::text, %s::uuid, %s::int
)
"""
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


def append(pool: Pool, wanted: Append) -> range:
    """Write it, and return the positions of its events.

    Refuses with AppendConflict, NotRecordable or LedgerUnavailable.
    """

    def attempt(session: Session, again: bool) -> range:  # noqa: FBT001 - `persistently` says it.
        if again and (found := _found(session, wanted)):
            return found
        try:
            return _send(session, wanted)
        except AppendConflict:
            # The attempt that was cut off may have gone through in the meantime.
            if again and (found := _found(session, wanted)):
                return found
            raise

    return persistently(pool, attempt)


def _send(session: Session, wanted: Append) -> range:
    try:
        row = session.execute(APPEND, _parameters(wanted), prepare=True).fetchone()
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
    assert row is not None, "the function returns one row"
    first_seq, last_seq = row
    return range(first_seq, last_seq + 1) if wanted.facts else range(0)


def _found(session: Session, wanted: Append) -> range | None:
    """The positions of these very events, if they are in the log; appends are whole or nothing."""
    if not wanted.facts:
        return None
    first = wanted.facts[0]
    row = session.execute(
        OWN_EVENT, (first.originator_id, first.originator_version, first.event_id)
    ).fetchone()
    return range(row[0], row[0] + len(wanted.facts)) if row else None


def _parameters(wanted: Append) -> Sequence[Any]:
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
        wanted.receipt_stream_id,
        wanted.receipt_version,
    )
