"""Which rule packs are sold and were sold, what each version changed, and on which run it rests."""

from typing import Any, Final

from psycopg import Cursor
from typing_extensions import override

from domain.documents import canonical_json
from domain.plans.events import PackVersionPublished
from projections.kernel import DDL, Batch, Projected, Projection, Row
from projections.writing import copy_rows

COLUMNS: Final = (
    "program", "phase", "number", "pack_hash", "pack", "diff", "impact", "impact_hash", "reason",
    "published_at", "recorded_at", "ledger_seq",
)  # fmt: skip


class PackVersions(Projection):
    """One row per published version; `diff` is an array of pointer, before and after."""

    name = "pack_versions"
    ddl = DDL(
        names=("pack_versions",),
        tables="""
CREATE TABLE pack_versions (
    program text NOT NULL,
    phase text NOT NULL,
    number integer NOT NULL,
    pack_hash text NOT NULL,
    pack jsonb NOT NULL,
    diff jsonb NOT NULL,
    impact jsonb,
    impact_hash text,
    reason text NOT NULL,
    published_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    ledger_seq bigint NOT NULL,
    PRIMARY KEY (program, phase, number)
);
""",
        indexes="""
CREATE INDEX pack_versions_by_hash ON pack_versions (pack_hash);
""",
    )

    @override
    def project(self, batch: Batch, cursor: Cursor[Any]) -> None:
        rows = [_row(each, event) for each, event in batch.happened.of(PackVersionPublished)]
        copy_rows(cursor, "pack_versions", COLUMNS, rows)


def _row(each: Projected, event: PackVersionPublished) -> Row:
    return (
        event.program,
        event.phase,
        event.number,
        event.pack_hash,
        event.pack,
        f"[{','.join(canonical_json(change) for change in event.diff)}]",
        event.impact,
        event.impact_hash,
        event.reason,
        event.timestamp,
        each.recorded.recorded_at,
        each.recorded.ledger_seq,
    )
