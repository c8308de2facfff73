"""Every warning that an account was given before a limit, with what it rested on."""

from typing import Any, Final

from psycopg import Cursor
from typing_extensions import override

from domain.accounts.events_warnings import LimitApproached
from domain.documents import canonical_json
from projections.kernel import DDL, Batch, Projected, Projection, Row
from projections.writing import copy_rows

COLUMNS: Final = (
    "account_id", "warning", "rule", "percent", "observed", "limit_text", "unit", "used",
    "trading_day", "threshold", "evidence", "pack_hash", "effective_at", "recorded_at",
    "ledger_seq",
)  # fmt: skip


class LimitWarnings(Projection):
    """One row per warning, named by the stream version of its event."""

    name = "limit_warnings"
    # A warning decides nothing: the limits it speaks of are in `rule_state`.
    strict = False
    ddl = DDL(
        names=("limit_warnings",),
        tables="""
CREATE TABLE limit_warnings (
    account_id uuid NOT NULL,
    warning integer NOT NULL,
    rule text NOT NULL,
    percent integer NOT NULL,
    observed text NOT NULL,
    limit_text text NOT NULL,
    unit text NOT NULL,
    used text NOT NULL,
    trading_day date NOT NULL,
    threshold jsonb NOT NULL,
    evidence integer[] NOT NULL,
    pack_hash text NOT NULL,
    effective_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    ledger_seq bigint NOT NULL,
    PRIMARY KEY (account_id, warning)
);
""",
        indexes="""
CREATE INDEX limit_warnings_newest ON limit_warnings (account_id, ledger_seq DESC);
CREATE INDEX limit_warnings_by_rule ON limit_warnings (rule, effective_at);
""",
    )

    @override
    def project(self, batch: Batch, cursor: Cursor[Any]) -> None:
        rows = [_row(each, event) for each, event in batch.happened.of(LimitApproached)]
        copy_rows(cursor, "limit_warnings", COLUMNS, rows, arrays=("evidence",))


def _row(each: Projected, event: LimitApproached) -> Row:
    return (
        event.originator_id,
        event.originator_version,
        event.rule,
        event.percent,
        event.observed,
        event.limit,
        event.unit,
        event.used,
        event.trading_day,
        canonical_json(event.threshold),
        list(event.evidence),
        event.pack_hash,
        event.timestamp,
        each.recorded.recorded_at,
        each.recorded.ledger_seq,
    )
