"""What the read models still say of events that the log does not hold any more as they were."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from psycopg.errors import UndefinedColumn, UndefinedTable
from psycopg.rows import class_row

from application.proofs.findings import Finding
from interfaces.bootstrap.runtime import Runtime
from projections.sentences import dollars

_REMEMBERED: Final = """
SELECT ledger_seq, stream_id::text, stream_version, event_type, actor, balance_units
FROM read.audit_log WHERE ledger_seq = ANY(%s)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """An event as it was projected. It is no evidence: read models can be changed as well."""

    ledger_seq: int
    stream_id: str
    stream_version: int
    event_type: str
    actor: str
    balance_units: int | None

    def __str__(self) -> str:
        left = (
            ""
            if self.balance_units is None
            else f"; the balance was {dollars(self.balance_units)} after it"
        )
        return (
            f"projected as: {self.event_type}, version {self.stream_version} of {self.stream_id},"
            f" by {self.actor}{left}"
        )


def remembered(runtime: Runtime, findings: Sequence[Finding]) -> Mapping[int, Remembered]:
    """What was projected of the events that were altered or taken out, by `ledger_seq`."""
    asked = [each.ledger_seq for each in findings if each.kind in ("altered", "removed")]
    try:
        with (
            runtime.read_models.connection() as session,
            session.cursor(row_factory=class_row(Remembered)) as cursor,
        ):
            found = cursor.execute(_REMEMBERED, (asked,)).fetchall()
    except (UndefinedColumn, UndefinedTable):  # Of another release, until they are rebuilt.
        return {}
    return {each.ledger_seq: each for each in found}
