"""The payouts of every account: how far each is, who decided, and on which table of rules."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

from psycopg import Cursor
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
APPROVE: Final = """
UPDATE payouts SET status = 'approved', approved_at = %s, approved_by = %s, approved_version = %s,
    approved_maximum_units = %s, approved_rules = %s, approved_evidence = %s, version = %s,
    position = %s
WHERE account_id = %s AND payout_id = %s
"""
REJECT: Final = """
UPDATE payouts SET status = 'rejected', rejected_at = %s, rejected_by = %s, rejected_version = %s,
    reasons = %s, explanation = %s, rejected_rules = %s, rejected_evidence = %s, version = %s,
    position = %s
WHERE account_id = %s AND payout_id = %s
"""
CANCEL: Final = """
UPDATE payouts SET status = 'cancelled', cancelled_at = %s, cancelled_by = %s,
    cancelled_version = %s, version = %s, position = %s
WHERE account_id = %s AND payout_id = %s
"""
PAY: Final = """
UPDATE payouts SET status = 'paid', paid_at = %s, paid_by = %s, paid_version = %s, reference = %s,
    version = %s, position = %s
WHERE account_id = %s AND payout_id = %s
"""


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
        requests: list[Row] = []
        later: dict[str, list[Row]] = {APPROVE: [], REJECT: [], CANCEL: [], PAY: []}
        for each in batch.events:
            match each.event:
                case PayoutRequested():
                    requests.append(_request(each, each.event))
                case PayoutApproved():
                    later[APPROVE].append(_approval(each, each.event))
                case PayoutRejected():
                    later[REJECT].append(_rejection(each, each.event))
                case PayoutCancelled():
                    later[CANCEL].append((*_when(each), *_which(each, each.event)))
                case PayoutPaid():
                    said = (*_when(each), each.event.reference)
                    later[PAY].append((*said, *_which(each, each.event)))
                case _:
                    pass
        copy_rows(cursor, "payouts", COLUMNS, requests)
        for update, rows in later.items():
            if rows:
                cursor.executemany(update.encode(), rows)


def _request(each: Projected, event: PayoutRequested) -> Row:
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
    return (*_when(each), event.maximum_units, rules, evidence, *_which(each, event))


def _rejection(each: Projected, event: PayoutRejected) -> Row:
    return (
        *_when(each),
        list(event.reasons),
        event.explanation,
        _rules(event.rules),
        list(event.evidence),
        *_which(each, event),
    )


def _when(each: Projected) -> Row:
    """When it was decided, by whom, and at which version of the account."""
    recorded = each.recorded
    return recorded.effective_at, recorded.actor, recorded.stream_version


def _which(
    each: Projected, event: PayoutApproved | PayoutRejected | PayoutCancelled | PayoutPaid
) -> Row:
    recorded = each.recorded
    return recorded.stream_version, recorded.ledger_seq, event.originator_id, event.payout_id


def _rules(rules: Sequence[dict[str, str]] | None) -> str | None:
    return None if rules is None else json.dumps(list(rules), ensure_ascii=False)
