"""The round of the continuous verification in PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final, LiteralString

from typing_extensions import override

from application.proofs.findings import Finding
from application.proofs.ports import Round, Rounds
from infrastructure.postgres.persistence import persistently
from infrastructure.postgres.pools import Pool

_CURRENT: Final = """
SELECT step, size, root, position, nodes, over, sound_size, sound_root,
    through_at IS NULL OR finding IS NOT NULL OR through_at + %s <= clock_timestamp()
FROM work.verification
"""
_BEGIN: Final = """
UPDATE work.verification SET step = step + 1, size = %s, root = %s, position = 0, nodes = '{}',
    over = false, began_at = clock_timestamp(), through_at = NULL
WHERE step = %s
"""
_EXTEND: Final = """
UPDATE work.verification SET step = step + 1, size = %s, root = %s, over = false WHERE step = %s
"""
# What was found among events that are sound now is no more.
_ADVANCE: Final = """
UPDATE work.verification SET step = step + 1, position = reached, nodes = %s,
    finding_kind = CASE WHEN finding_seq <= reached THEN NULL ELSE finding_kind END,
    finding_seq = CASE WHEN finding_seq <= reached THEN NULL ELSE finding_seq END,
    finding = CASE WHEN finding_seq <= reached THEN NULL ELSE finding END,
    found_at = CASE WHEN finding_seq <= reached THEN NULL ELSE found_at END
FROM (SELECT %s::bigint AS reached) AS given WHERE step = %s
"""
_FINISH: Final = """
UPDATE work.verification SET step = step + 1, over = true, sound_size = size, sound_root = root,
    sound_at = clock_timestamp(), through_at = coalesce(through_at, clock_timestamp()),
    finding_kind = NULL, finding_seq = NULL, finding = NULL, found_at = NULL
WHERE step = %s
"""
_DOUBT: Final = """
UPDATE work.verification SET step = step + 1, finding_kind = %s, finding_seq = %s,
    finding = left(%s, 2000), found_at = coalesce(found_at, clock_timestamp()),
    position = CASE WHEN again THEN 0 ELSE position END,
    nodes = CASE WHEN again THEN '{}' ELSE nodes END
FROM (SELECT %s AS again) AS given WHERE step = %s
"""


class PostgresRounds(Rounds):
    """The `Rounds` port, as `dynasty_keeper`. Refuses with LedgerUnavailable.

    A step that was cut off and came through is done, and said to be another's: it is looked at
    again, and nothing is compared twice but that.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    @override
    def current(self, *, rest: timedelta) -> Round:
        ((step, size, root, position, nodes, over, sound_size, sound_root, due),) = persistently(
            self._pool, lambda session, _: session.execute(_CURRENT, (rest,)).fetchall()
        )
        return Round(
            step=step,
            size=size,
            root=root,
            position=position,
            nodes=[bytes(each) for each in nodes],
            is_over=over,
            is_due=due,
            sound_size=sound_size,
            sound_root=sound_root,
        )

    @override
    def begin(self, now: Round, *, size: int, root: bytes) -> bool:
        return self._changed(_BEGIN, size, root, now.step)

    @override
    def extend(self, now: Round, *, size: int, root: bytes) -> bool:
        return self._changed(_EXTEND, size, root, now.step)

    @override
    def advance(self, now: Round, *, position: int, nodes: Sequence[bytes]) -> bool:
        return self._changed(_ADVANCE, list(nodes), position, now.step)

    @override
    def finish(self, now: Round) -> bool:
        return self._changed(_FINISH, now.step)

    @override
    def doubt(self, now: Round, finding: Finding, *, again: bool = False) -> bool:
        told = (finding.kind, finding.ledger_seq, finding.sentence)
        return self._changed(_DOUBT, *told, again, now.step)

    def _changed(self, statement: LiteralString, *values: object) -> bool:
        return persistently(
            self._pool, lambda session, _: session.execute(statement, values).rowcount == 1
        )
