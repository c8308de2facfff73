"""One append: a part of one call of `ledger.append`, and never twice the same.

A lost connection leaves it open whether the append happened. Before it is sent again, and whenever
the database reports a conflict after that, the log is asked for the very events that were sent.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final, TypeAlias
from weakref import WeakKeyDictionary

import psycopg
from eventsourcing.persistence import IntegrityError
from psycopg.errors import CheckViolation, UniqueViolation

from application.errors import LedgerUnavailable
from infrastructure.event_store.errors import NotRecordable
from infrastructure.event_store.packing import (
    OIDS,
    STATEMENT,
    TYPES,
    Append,
    Oids,
    Packed,
    parameters,
)
from infrastructure.postgres.calls import BinaryCall, Columns
from infrastructure.postgres.persistence import Session, persistently
from infrastructure.postgres.pipelines import NotSent, Pipeline
from infrastructure.postgres.pools import Pool, new_session
from infrastructure.postgres.records import bigints_in, first_bigint_in, texts_in

KEY_USED: Final = "LK001"  # These are raised by ledger.append_all.
READ_CHANGED: Final = "LK003"
STREAM_MOVED: Final = "LK004"
CONFLICTS: Final = frozenset({KEY_USED, READ_CHANGED, STREAM_MOVED, UniqueViolation.sqlstate})

_APPEND: Final = BinaryCall("ledger_append", STATEMENT, parameters=1 + len(TYPES))

OWN_EVENT: Final = """
SELECT ledger_seq FROM ledger.events
WHERE stream_id = %s AND stream_version = %s AND event_id = %s
"""


class AppendConflict(IntegrityError):
    """A stream is at another version, or a natural key or an idempotency key is in the log."""


Outcome: TypeAlias = range | AppendConflict | NotRecordable | LedgerUnavailable
"""What became of one append among several: its positions, or why it was refused."""


def append(pool: Pool, packed: Packed, *, again: bool = False) -> range:
    """Write it alone, and return the positions of its events.

    `again` says that it was sent before and may be in the log. Refuses with AppendConflict,
    NotRecordable or LedgerUnavailable.
    """

    def attempt(session: Session, lost: bool) -> range:  # noqa: FBT001 - `persistently` says it.
        if (again or lost) and (found := _found(session, packed.append)):
            return found
        (outcome,) = send(session, [packed])
        if isinstance(outcome, range):
            return outcome
        # The attempt that was cut off may have gone through in the meantime.
        if (again or lost) and (found := _found(session, packed.append)):
            return found
        raise outcome

    return persistently(pool, attempt)


def batches_over(conninfo: str) -> Pipeline:
    """The way of batches to the database, over a connection of their own."""
    return Pipeline(partial(new_session, conninfo), _APPEND, ready=_oids)


def append_together(pool: Pool, batches: Pipeline, packed: Sequence[Packed]) -> Sequence[Outcome]:
    """Write all of them in one transaction, each with an outcome of its own. Never sent twice.

    Where the batches have no connection, it goes over one of the pool.

    Raises NotRecordable when the server cannot read one of them, and then none is written; and the
    driver's error when the connection is lost: then each may be in the log.
    """
    try:
        return _outcomes(
            packed, lambda: batches(lambda session: parameters(packed, _oids(session)))
        )
    except NotSent:
        with pool.connection() as session:
            return send(session, packed)


def send(session: Session, packed: Sequence[Packed]) -> Sequence[Outcome]:
    """One call of the function for all of them."""
    return _outcomes(packed, lambda: _APPEND(session, parameters(packed, _oids(session))))


def _outcomes(packed: Sequence[Packed], call: Callable[[], Columns]) -> Sequence[Outcome]:
    try:
        first_seqs, faults, details = call()
    except (CheckViolation, UniqueViolation, psycopg.DataError) as error:
        refusal = refused(
            error.sqlstate, error.diag.message_primary or str(error), error.diag.constraint_name
        )
        if len(packed) > 1 or not isinstance(refusal, AppendConflict):
            raise refusal from error
        return [refusal]
    except psycopg.DatabaseError as error:
        if error.sqlstate in CONFLICTS and len(packed) == 1:
            return [AppendConflict(str(error))]
        raise
    if faults is None:
        return _in_a_row(packed, first_bigint_in(first_seqs))
    return _each(packed, bigints_in(first_seqs), texts_in(faults), texts_in(details))


_OIDS: Final[WeakKeyDictionary[Session, Oids]] = WeakKeyDictionary()


def _oids(session: Session) -> Oids:
    """Our types have other identifiers in each database; asked once a connection."""
    known = _OIDS.get(session)
    if known is None:
        row = session.execute(OIDS).fetchone()
        assert row is not None
        known = _OIDS[session] = row
    return known


def refused(sqlstate: str | None, said: str, constraint: str | None) -> Any:
    """Why an append was refused, from what the database says."""
    if sqlstate in CONFLICTS:
        return AppendConflict(said)
    return NotRecordable(
        f"The log does not take this: {said}. Shorten the field or leave out the character.",
        constraint=constraint or None,
    )


def _each(
    packed: Sequence[Packed],
    first_seqs: Sequence[int | None],
    faults: Sequence[str | None],
    details: Sequence[str | None],
) -> Sequence[Outcome]:
    found: list[Outcome] = []
    for each, first, fault, detail in zip(packed, first_seqs, faults, details, strict=True):
        if fault is None:
            found.append(range(first, first + len(each.events)) if first else range(0))
        else:
            constraint, _, said = (detail or "").partition("\n")
            found.append(refused(fault, said, constraint))
    return found


def _in_a_row(packed: Sequence[Packed], first: int | None) -> Sequence[range]:
    found = []
    for each in packed:
        if each.events:
            assert first is not None, "whoever has events has positions"
            found.append(range(first, first + len(each.events)))
            first += len(each.events)
        else:
            found.append(range(0))
    return found


def _found(session: Session, wanted: Append) -> range | None:
    """The positions of these very events, if they are in the log; appends are whole or nothing."""
    if not wanted.facts:
        return None
    first = wanted.facts[0]
    row = session.execute(
        OWN_EVENT, (first.originator_id, first.originator_version, first.event_id)
    ).fetchone()
    return range(row[0], row[0] + len(wanted.facts)) if row else None
