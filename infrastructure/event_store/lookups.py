"""Why an append was refused, asked of the log after the fact."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from application.context import IdempotencyKey
from application.errors import IdempotencyKeyReused, NaturalKeyTaken, WriteConflict
from application.ledger import Receipt
from infrastructure.event_store.stored import StoredFact
from infrastructure.postgres.persistence import Session

KEY: Final = """
SELECT fingerprint, stream_id, stream_version, position FROM ledger.idempotency_keys
WHERE scope = %s AND key = %s
"""
NATURAL_KEYS: Final = """
SELECT k.stream_id, k.natural_key, k.fingerprint, k.ledger_seq
FROM unnest(%s::uuid[], %s::text[]) AS wanted(stream_id, natural_key)
JOIN ledger.natural_keys AS k USING (stream_id, natural_key)
"""
NEWEST_VERSION: Final = "SELECT version FROM ledger.streams WHERE stream_id = %s"
# Everything from the first version that was to be written, or after the one that was relied on. A
# stream's row says where in the log to look.
IN_THE_WAY: Final = """
SELECT e.ledger_seq FROM unnest(%s::uuid[], %s::int[]) AS wanted(stream_id, stream_version)
JOIN ledger.streams AS s ON s.stream_id = wanted.stream_id
JOIN ledger.events AS e ON e.stream_id = s.stream_id
    AND e.ledger_seq BETWEEN s.first_seq AND s.last_seq
    AND e.stream_version >= wanted.stream_version
ORDER BY e.ledger_seq LIMIT 100
"""


def receipt_kept(session: Session, key: IdempotencyKey) -> Receipt | None:
    """The receipt first given for the key. Refuses with IdempotencyKeyReused for another input."""
    row = session.execute(KEY, (key.scope, key.key)).fetchone()
    if row is None:
        return None
    kept_fingerprint, stream_id, version, position = row
    if kept_fingerprint != key.fingerprint:
        raise IdempotencyKeyReused(
            "This idempotency key was used before with another input. Use a new key for a new"
            " command, or send the first input again.",
            key=key.key,
            scope=key.scope,
        )
    return Receipt(stream_id=stream_id, version=version, position=position, replayed=True)


def all_recorded(session: Session, facts: Sequence[StoredFact]) -> bool:
    """Whether each natural key among the facts is in the log already, with the same content.

    Refuses with NaturalKeyTaken when one has other content, or when only some are there: dropping
    the rest silently would lose them.
    """
    keyed = {(fact.originator_id, fact.natural_key): fact for fact in facts if fact.natural_key}
    streams, keys = [stream for stream, _ in keyed], [key for _, key in keyed]
    recorded = session.execute(NATURAL_KEYS, (streams, keys)).fetchall()
    for stream_id, natural_key, kept_fingerprint, ledger_seq in recorded:
        if keyed[stream_id, natural_key].content_fingerprint != kept_fingerprint:
            raise NaturalKeyTaken(
                f"{natural_key!r} is recorded at position {ledger_seq} with other content."
                " Correct it with a correcting command, or check the source.",
                natural_key=natural_key,
                stream_id=stream_id,
                ledger_seq=ledger_seq,
            )
    if recorded and len(recorded) < len(keyed):
        raise NaturalKeyTaken(
            f"Of {len(keyed)} identifiers in this command {len(recorded)} are recorded already."
            " Send those that are not on their own.",
            natural_keys=[natural_key for _, natural_key, _, _ in recorded],
        )
    return bool(recorded)


def newest_version(session: Session, stream_id: UUID) -> int:
    """The version of a stream's last event; 0 when it has none."""
    row = session.execute(NEWEST_VERSION, (stream_id,)).fetchone()
    return (row and row[0]) or 0


def write_conflict(
    session: Session, facts: Sequence[StoredFact], expect: Mapping[UUID, int]
) -> WriteConflict:
    """The refusal that names the events which came first, in streams written or relied on."""
    free: dict[UUID, int] = {stream: version + 1 for stream, version in expect.items()}
    for fact in facts:
        assert isinstance(fact.originator_id, UUID)
        free.setdefault(fact.originator_id, fact.originator_version)
    rows = session.execute(IN_THE_WAY, (list(free), list(free.values()))).fetchall()
    return WriteConflict(
        "Another command wrote to the same stream first. Load it again and decide anew.",
        streams=sorted(free, key=str),
        positions=[ledger_seq for (ledger_seq,) in rows],
    )
