"""The read model of payouts: one row a payout, through its whole life."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from application.accounts import payout_handlers as handlers
from application.context import CommandContext, acting
from tests.integration.payouts.paying import (
    AT,
    approving,
    asking,
    cancelling,
    open_funded,
    paying,
    rejecting,
)
from tests.integration.projections.projecting import Projecting

ACCOUNT, TRADER = UUID(int=1), UUID(int=2)


def done(at_work: Projecting, handler: Any, command: Any, *, by: str = "admin:ann") -> None:
    with acting(CommandContext(actor=by)):
        handler(command, at_work.ledger)


def ask(at_work: Projecting, payout: str = "p-1") -> None:
    done(at_work, handlers.request_payout, asking(ACCOUNT, payout, "500"), by="trader:tom")


@pytest.fixture
def asked(at_work: Projecting) -> Projecting:
    """An account whose trader has asked for 500."""
    shares = [{"from_payout": 1, "share": "0.90"}]
    open_funded(at_work.ledger, ACCOUNT, trader=TRADER, trader_share=shares, cutoff="14:00")
    ask(at_work)
    return at_work


def row(at_work: Projecting, *names: str, batch: int = 1_000) -> list[Any]:
    at_work.catch_up(batch=batch)
    found = at_work.row("payouts")
    return [found[name] for name in names]


def test_shows_a_request_with_the_table_that_allowed_it(asked: Projecting) -> None:
    assert row(
        asked, "account_id", "payout_id", "trader_id", "status", "amount_units", "maximum_units",
        "trader_share_units", "process_on", "requested_at", "requested_by", "requested_version",
    ) == [
        ACCOUNT, "p-1", TRADER, "requested", 5_000_000, 40_000_000, 4_500_000, date(2026, 3, 3),
        AT, "trader:tom", 4,
    ]  # fmt: skip
    (rules,) = row(asked, "requested_rules")
    assert rules[0] == {
        "rule": "not_funded", "current": "funded", "required": "funded", "unit": "phase",
        "met": "true",
    }  # fmt: skip
    assert row(asked, "reasons", "approved_at", "rejected_rules") == [[], None, None]


@pytest.mark.parametrize("batch", [1, 1_000])
def test_shows_who_approved_and_who_paid(asked: Projecting, batch: int) -> None:
    done(asked, handlers.approve_payout, approving(ACCOUNT, "p-1"))
    done(asked, handlers.pay_payout, paying(ACCOUNT, "p-1", reference="wire 7"), by="admin:bob")
    assert row(
        asked, "status", "approved_by", "approved_version", "approved_maximum_units", "paid_by",
        "paid_version", "reference", "version", "position", batch=batch,
    ) == ["paid", "admin:ann", 5, 40_000_000, "admin:bob", 6, "wire 7", 6, 6]  # fmt: skip
    (rules,) = row(asked, "approved_rules")
    assert [each["rule"] for each in rules] == ["not_active", "above_maximum"]


@pytest.mark.parametrize("batch", [1, 1_000])
def test_shows_the_grounds_of_a_rejection(asked: Projecting, batch: int) -> None:
    done(asked, handlers.approve_payout, approving(ACCOUNT, "p-1"))
    done(asked, handlers.reject_payout, rejecting(ACCOUNT, "p-1"))
    assert row(
        asked, "status", "reasons", "explanation", "rejected_evidence", "rejected_by",
        "rejected_version", "approved_by", batch=batch,
    ) == [
        "rejected", ["data_in_doubt"], "Prices are in doubt.", [2, 3], "admin:ann", 6, "admin:ann"
    ]  # fmt: skip


def test_shows_what_was_taken_back(asked: Projecting) -> None:
    done(asked, handlers.cancel_payout, cancelling(ACCOUNT, "p-1"), by="trader:tom")
    assert row(asked, "status", "cancelled_by", "cancelled_version") == [
        "cancelled", "trader:tom", 5
    ]  # fmt: skip


def test_holds_a_row_for_each_payout_in_the_order_they_were_asked(asked: Projecting) -> None:
    done(asked, handlers.cancel_payout, cancelling(ACCOUNT, "p-1"))
    ask(asked, "p-2")
    asked.catch_up()
    found = asked.rows("payouts", order="requested_seq")
    assert [(each["payout_id"], each["status"]) for each in found] == [
        ("p-1", "cancelled"), ("p-2", "requested")
    ]  # fmt: skip
    assert asked.differences() == []
