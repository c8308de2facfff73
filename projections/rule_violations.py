"""Every rule that was broken, with the witness of the verdict."""

from typing import Any, Final

from psycopg import Cursor
from typing_extensions import override

from domain.accounts.events import RuleViolated
from domain.documents import canonical_json
from projections.kernel import DDL, Batch, Projected, Projection, Row
from projections.writing import copy_rows

SEVERITIES: Final = {"flag": "WARNING", "lock_day": "MAJOR", "fail": "CRITICAL"}
COLUMNS: Final = (
    "account_id", "violation", "rule", "effect", "severity", "observed", "limit_text", "unit",
    "subject", "trading_day", "threshold", "evidence", "pack_hash", "effective_at", "recorded_at",
    "ledger_seq",
)  # fmt: skip


class RuleViolations(Projection):
    """One row per violation, named by the stream version of its event."""

    name = "rule_violations"
    ddl = DDL(
        names=("rule_violations",),
        tables="""
CREATE TABLE rule_violations (
    account_id uuid NOT NULL,
    violation integer NOT NULL,
    rule text NOT NULL,
    effect text NOT NULL,
    severity text NOT NULL,
    observed text NOT NULL,
    limit_text text NOT NULL,
    unit text NOT NULL,
    subject text,
    trading_day date NOT NULL,
    threshold jsonb NOT NULL,
    evidence integer[] NOT NULL,
    pack_hash text NOT NULL,
    effective_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    ledger_seq bigint NOT NULL,
    PRIMARY KEY (account_id, violation)
);
""",
        indexes="""
CREATE INDEX rule_violations_newest ON rule_violations (account_id, ledger_seq DESC);
CREATE INDEX rule_violations_by_rule ON rule_violations (rule, effective_at);
CREATE INDEX rule_violations_by_threshold ON rule_violations USING gin (threshold jsonb_path_ops);
""",
    )

    @override
    def project(self, batch: Batch, cursor: Cursor[Any]) -> None:
        rows = [_row(each, event) for each, event in batch.happened.of(RuleViolated)]
        copy_rows(cursor, "rule_violations", COLUMNS, rows, arrays=("evidence",))


def _row(each: Projected, event: RuleViolated) -> Row:
    return (
        event.originator_id,
        event.originator_version,
        event.rule,
        event.effect,
        SEVERITIES[event.effect],
        event.observed,
        event.limit,
        event.unit,
        event.subject,
        event.trading_day,
        canonical_json(event.threshold),
        list(event.evidence),
        event.pack_hash,
        event.timestamp,
        each.recorded.recorded_at,
        each.recorded.ledger_seq,
    )
