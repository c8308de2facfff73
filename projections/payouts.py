"""The payouts of every account: how far each is, who decided, and on which table of rules."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias, assert_never

from psycopg import Cursor
from psycopg.sql import SQL, Composed, Identifier, Literal
from typing_extensions import override

from domain.accounts.events_payouts import (
    PayoutApproved,
    PayoutCancelled,
    PayoutPaid,
    PayoutRejected,
    PayoutRequested,
)
from projections.kernel import DDL, Batch, Projected, Projection, Row
from projections.writing import copy_rows

COLUMNS: Final = (
    "account_id", "payout_id", "trader_id", "status", "amount_units", "maximum_units",
    "trader_share_units", "process_on", "trading_day", "requested_at", "requested_by",
    "requested_version", "requested_rules", "requested_evidence", "pack_hash", "requested_seq",
    "version", "position",
)  # fmt: skip
_DECIDED: Final = ("version", "position")
CHANGED: Final[Mapping[str, tuple[str, ...]]] = {
    "approved": (
        "approved_at", "approved_by", "approved_version", "approved_maximum_units",
        "approved_rules", "approved_evidence", *_DECIDED,
    ),
    "rejected": (
        "rejected_at", "rejected_by", "rejected_version", "reasons", "explanation",
        "rejected_rules", "rejected_evidence", *_DECIDED,
    ),
    "cancelled": ("cancelled_at", "cancelled_by", "cancelled_version", *_DECIDED),
    "paid": ("paid_at", "paid_by", "paid_version", "reference", *_DECIDED),
}  # fmt: skip
"""What a decision writes, by the status that it brings."""

Decision: TypeAlias = PayoutApproved | PayoutRejected | PayoutCancelled | PayoutPaid
CHANGE: Final = "UPDATE payouts SET status = {}, {} WHERE account_id = %s AND payout_id = %s"


DECISIONS: Final[tuple[type[Decision], ...]] = (
    PayoutApproved, PayoutRejected, PayoutCancelled, PayoutPaid,
)  # fmt: skip


class Payouts(Projection):
    """One row per payout, found by its account and its id.

    `…_by` are the actors, `…_version` the account's versions, `…_rules` the tables of the
    decisions; `version` is the account's at the payout's newest event.
    """

    name = "payouts"
    ddl = DDL(
        names=("payouts",),
        tables="""
CREATE TABLE payouts (
    account_id uuid NOT NULL,
    payout_id text NOT NULL,
    trader_id uuid NOT NULL,
    status text NOT NULL,
    amount_units bigint NOT NULL,
    maximum_units bigint NOT NULL,
    trader_share_units bigint NOT NULL,
    process_on date NOT NULL,
    trading_day date NOT NULL,
    pack_hash text NOT NULL,
    requested_at timestamptz NOT NULL,
    requested_by text NOT NULL,
    requested_version integer NOT NULL,
    requested_rules jsonb,
    requested_evidence integer[] NOT NULL,
    requested_seq bigint NOT NULL,
    approved_at timestamptz,
    approved_by text,
    approved_version integer,
    approved_maximum_units bigint,
    approved_rules jsonb,
    approved_evidence integer[],
    rejected_at timestamptz,
    rejected_by text,
    rejected_version integer,
    reasons text[] NOT NULL DEFAULT '{}',
    explanation text,
    rejected_rules jsonb,
    rejected_evidence integer[],
    cancelled_at timestamptz,
    cancelled_by text,
    cancelled_version integer,
    paid_at timestamptz,
    paid_by text,
    paid_version integer,
    reference text,
    version integer NOT NULL,
    position bigint NOT NULL,
    PRIMARY KEY (account_id, payout_id)
);
""",
        indexes="""
CREATE UNIQUE INDEX payouts_newest ON payouts (requested_seq DESC);
CREATE INDEX payouts_by_status ON payouts (status, requested_seq DESC);
CREATE INDEX payouts_by_trader ON payouts (trader_id, requested_seq DESC);
CREATE INDEX payouts_by_account ON payouts (account_id, requested_seq DESC);
""",
    )

    @override
    def project(self, batch: Batch, cursor: Cursor[Any]) -> None:
        """Requests first, then what became of them: a life has this order, whatever the batch."""
        asked = batch.happened.of(PayoutRequested)
        requests = [request_row(each, event) for each, event in asked]
        later: dict[str, list[Row]] = {status: [] for status in CHANGED}
        for kind in DECISIONS:
            for each, event in batch.happened.of(kind):
                status, row = change_of(each, event)
                later[status].append((*row, event.originator_id, event.payout_id))
        copy_rows(cursor, "payouts", COLUMNS, requests, arrays=("requested_evidence",))
        for status, rows in later.items():
            if rows:
                cursor.executemany(_update(status), rows)


def _update(status: str) -> Composed:
    columns = SQL(", ").join(SQL("{} = %s").format(Identifier(name)) for name in CHANGED[status])
    return SQL(CHANGE).format(Literal(status), columns)


def change_of(each: Projected, event: Decision) -> tuple[str, Row]:
    """The status that a decision brings, and what it writes: the columns of `CHANGED`."""
    match event:
        case PayoutApproved():
            return "approved", _approval(each, event)
        case PayoutRejected():
            return "rejected", _rejection(each, event)
        case PayoutCancelled():
            return "cancelled", (*_when(each), *_which(each))
        case PayoutPaid():
            return "paid", (*_when(each), event.reference, *_which(each))
        case _:
            assert_never(event)


def request_row(each: Projected, event: PayoutRequested) -> Row:
    """A payout as it was asked for."""
    assert each.moment is not None, "an account's event has its account"
    recorded = each.recorded
    return (
        event.originator_id,
        event.payout_id,
        each.moment.trader_id,
        "requested",
        event.amount_units,
        event.maximum_units,
        event.trader_share_units,
        event.process_on,
        event.trading_day,
        *_when(each),
        _rules(event.rules),
        list(event.evidence),
        event.pack_hash,
        recorded.ledger_seq,
        recorded.stream_version,
        recorded.ledger_seq,
    )


def _approval(each: Projected, event: PayoutApproved) -> Row:
    rules, evidence = _rules(event.rules), list(event.evidence)
    return (*_when(each), event.maximum_units, rules, evidence, *_which(each))


def _rejection(each: Projected, event: PayoutRejected) -> Row:
    return (
        *_when(each),
        list(event.reasons),
        event.explanation,
        _rules(event.rules),
        list(event.evidence),
        *_which(each),
    )


def _when(each: Projected) -> Row:
    """When it was decided, by whom, and at which version of the account."""
    recorded = each.recorded
    return recorded.effective_at, recorded.actor, recorded.stream_version


def _which(each: Projected) -> Row:
    return each.recorded.stream_version, each.recorded.ledger_seq


def _rules(rules: Sequence[dict[str, str]] | None) -> str | None:
    return None if rules is None else json.dumps(list(rules), ensure_ascii=False)
