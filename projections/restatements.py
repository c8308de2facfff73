"""What corrections restated: every figure that was shown before, beside what holds now."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from psycopg import Cursor
from typing_extensions import override

from domain.accounts.events_corrections import HistoryCorrected
from domain.documents import canonical_json
from projections.kernel import DDL, Batch, Projected, Projection, Row
from projections.writing import copy_rows

COLUMNS: Final = (
    "account_id", "correction", "subject", "kind", "execution", "execution_id", "reason",
    "before", "after", "belongs_at", "recorded_at", "ledger_seq",
)  # fmt: skip
ACCOUNT: Final = "account"


class Restatements(Projection):
    """One row per correction for the account as a whole, and one per closed day that it changed.

    `correction` is the stream version of the event, `subject` is `account` or the trading day.
    `before` is null for a day that was not shown before, `after` for one that is no more.
    """

    name = "restatements"
    ddl = DDL(
        names=("restatements",),
        tables="""
CREATE TABLE restatements (
    account_id uuid NOT NULL,
    correction integer NOT NULL,
    subject text NOT NULL,
    kind text NOT NULL,
    execution text NOT NULL,
    execution_id text NOT NULL,
    reason text NOT NULL,
    before jsonb,
    after jsonb,
    belongs_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    ledger_seq bigint NOT NULL,
    PRIMARY KEY (account_id, correction, subject)
);
""",
        indexes="""
CREATE INDEX restatements_newest ON restatements (ledger_seq DESC, subject);
""",
    )

    @override
    def project(self, batch: Batch, cursor: Cursor[Any]) -> None:
        rows = [
            row for each, event in batch.happened.of(HistoryCorrected) for row in _rows(each, event)
        ]
        copy_rows(cursor, "restatements", COLUMNS, rows)


def _rows(each: Projected, event: HistoryCorrected) -> Iterator[Row]:
    whole = {"trading_day": ACCOUNT, "before": event.before, "after": event.after}
    for part in (whole, *event.days):
        yield (
            event.originator_id,
            event.originator_version,
            part["trading_day"],
            event.correction,
            event.execution,
            event.execution_id,
            event.reason,
            None if part["before"] is None else canonical_json(part["before"]),
            None if part["after"] is None else canonical_json(part["after"]),
            event.timestamp,
            each.recorded.recorded_at,
            each.recorded.ledger_seq,
        )
