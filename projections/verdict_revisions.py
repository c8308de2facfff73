"""Outcomes that a corrected history would change, and what was decided on each."""

from typing import Any, Final

from psycopg import Cursor
from typing_extensions import override

from domain.accounts.events_corrections import RevisionDecided, VerdictRevised
from projections.kernel import DDL, Batch, Projected, Projection, Row
from projections.writing import copy_rows

COLUMNS: Final = (
    "account_id", "revision", "trader_id", "outcome_key", "outcome", "change", "rule", "effect",
    "trading_day", "observed", "limit_text", "unit", "verdict", "status_if_applied", "in_doubt",
    "status", "pack_hash", "recorded_at", "ledger_seq",
)  # fmt: skip
DECIDED: Final = ("status", "decision_reason", "decided_by", "decided_at")
DECIDE: Final = """
UPDATE verdict_revisions SET status = %s, decision_reason = %s, decided_by = %s, decided_at = %s
WHERE account_id = %s AND revision = %s
"""


class VerdictRevisions(Projection):
    """One row per revision, named by the stream version of its event.

    `status` is `pending` until a person has `applied` or `dismissed` it, or a later correction has
    `overtaken` it. `verdict` is the version of the verdict that would disappear.
    """

    name = "verdict_revisions"
    ddl = DDL(
        names=("verdict_revisions",),
        tables="""
CREATE TABLE verdict_revisions (
    account_id uuid NOT NULL,
    revision integer NOT NULL,
    trader_id uuid NOT NULL,
    outcome_key text NOT NULL,
    outcome text NOT NULL,
    change text NOT NULL,
    rule text NOT NULL,
    effect text,
    trading_day date NOT NULL,
    observed text,
    limit_text text,
    unit text,
    verdict integer,
    status_if_applied text,
    in_doubt boolean NOT NULL,
    status text NOT NULL,
    decision_reason text,
    decided_by text,
    decided_at timestamptz,
    pack_hash text NOT NULL,
    recorded_at timestamptz NOT NULL,
    ledger_seq bigint NOT NULL,
    PRIMARY KEY (account_id, revision)
);
""",
        indexes="""
CREATE INDEX verdict_revisions_newest ON verdict_revisions (ledger_seq DESC);
CREATE INDEX verdict_revisions_pending ON verdict_revisions (ledger_seq) WHERE status = 'pending';
""",
    )

    @override
    def project(self, batch: Batch, cursor: Cursor[Any]) -> None:
        revised = batch.happened.of(VerdictRevised)
        raised = [revision_row(each, event) for each, event in revised]
        copy_rows(cursor, "verdict_revisions", COLUMNS, raised)
        # A revision comes before its decision, in one batch as in the log.
        decisions = [
            (*decided(each, event), event.originator_id, event.revision_version)
            for each, event in batch.happened.of(RevisionDecided)
        ]
        if decisions:
            cursor.executemany(DECIDE, decisions)


def revision_row(each: Projected, event: VerdictRevised) -> Row:
    """A revision that awaits a person."""
    assert each.moment is not None, "an account's event has its account"
    return (
        event.originator_id,
        event.originator_version,
        each.moment.trader_id,
        event.key,
        event.outcome,
        event.change,
        event.rule,
        event.effect,
        event.trading_day,
        event.observed,
        event.limit,
        event.unit,
        event.verdict_version,
        event.status_if_applied,
        event.in_doubt,
        "pending",
        event.pack_hash,
        each.recorded.recorded_at,
        each.recorded.ledger_seq,
    )


def decided(each: Projected, event: RevisionDecided) -> Row:
    """What a decision writes: the columns of `DECIDED`."""
    return event.decision, event.reason, each.recorded.actor, each.recorded.recorded_at
