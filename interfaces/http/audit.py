"""The audit trail: who did what to which account, when, and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Final, LiteralString
from uuid import UUID

from fastapi import Query
from pydantic import Field

from interfaces.http.fields import LINE, AccountId, Moment, TraderId, Wire
from interfaces.http.guard import guarded_router
from interfaces.http.ownership import insist_on_account
from interfaces.http.page_models import PageIn, PageOut
from interfaces.http.pagination import Page, ThePages
from interfaces.http.positions import READS
from interfaces.http.problem_models import refusals
from interfaces.http.reading import Row, Snapshot, TheReader
from interfaces.paging import given

router = guarded_router(tag="audit")

_LIST: Final = """
SELECT ledger_seq, account_id, trader_id, stream_version, event_id, event_type, actor,
    correlation_id, causation_id, request_id, reason, summary, effective_at, recorded_at
FROM read.audit_log
"""
_PERSON: Final = "actor = %s"
# A trader who could filter by person could find out who its staff is by asking.
_ROLE: Final = "split_part(actor, ':', 1) = %s"


class AccountAuditIn(PageIn):
    """Filters of one account's audit trail."""

    actor: str | None = Field(
        default=None,
        max_length=255,
        pattern=LINE,
        description="Only what this actor did",
        examples=["admin:alice"],
    )
    type: str | None = Field(
        default=None,
        max_length=200,
        pattern=LINE,
        description="Only events of this type",
        examples=["account.trade_recorded"],
    )
    from_: Moment | None = Field(
        default=None, alias="from", description="Recorded at or after this moment"
    )
    to: Moment | None = Field(default=None, description="Recorded before this moment")


class AuditIn(AccountAuditIn):
    """Filters of the whole audit trail."""

    account: AccountId | None = Field(default=None, description="Only this account's")


class AuditEntryOut(Wire):
    """One recorded event. A trader sees the role of staff, not the person, and no `ledger_seq`."""

    event_id: UUID = Field(strict=False, examples=["0199f3c2-7f00-7000-8000-0000000000e1"])
    ledger_seq: int | None = Field(description="For staff: its place in the log", examples=[1042])
    type: str = Field(examples=["account.trade_recorded"])
    account_id: AccountId | None
    trader_id: TraderId | None
    version: int = Field(description="The account's version that it made", examples=[12])
    summary: str = Field(examples=["Trade 1455264980: 2 ESZ5 long, net -312.50."])
    actor: str = Field(examples=["admin:alice"])
    reason: str | None = Field(examples=[None])
    request_id: str | None = Field(examples=["0199f3c2-7f00-7000-8000-0000000000aa"])
    correlation_id: str | None = Field(examples=["0199f3c2-7f00-7000-8000-0000000000aa"])
    causation_id: str | None = Field(examples=[None])
    effective_at: Moment = Field(description="When it happened, as its source says")
    recorded_at: Moment = Field(description="When the ledger took it in")


@router.get("/audit", summary="List the audit trail", responses=refusals("cursor-refused", *READS))
def list_audit(
    reader: TheReader, pages: ThePages, asked: Annotated[AuditIn, Query()]
) -> PageOut[AuditEntryOut]:
    """Every recorded event of every account, newest first. For staff."""
    page = pages.turn_to(asked)
    with reader.snapshot("audit_log", at_least=page.position) as snapshot:
        rows = _rows(snapshot, page, account_id=page.asked.account, by=_PERSON)
    return page.of(rows, _for_staff, key=_key, snapshot=snapshot)


@router.get(
    "/accounts/{account_id}/audit",
    summary="List an account's audit trail",
    responses=refusals("not-found", "cursor-refused", *READS),
)
def list_account_audit(
    account_id: AccountId,
    reader: TheReader,
    pages: ThePages,
    asked: Annotated[AccountAuditIn, Query()],
) -> PageOut[AuditEntryOut]:
    """Every recorded event of one account, newest first. A trader sees its own account's."""
    page = pages.turn_to(asked)
    outside = reader.caller.role == "trader"
    with reader.snapshot("accounts", "audit_log", at_least=page.position) as snapshot:
        insist_on_account(reader, snapshot, account_id)
        rows = _rows(snapshot, page, account_id=account_id, by=_ROLE if outside else _PERSON)
    return page.of(rows, _for_trader if outside else _for_staff, key=_key, snapshot=snapshot)


def _rows(
    snapshot: Snapshot,
    page: Page[AuditIn] | Page[AccountAuditIn],
    *,
    account_id: UUID | None,
    by: LiteralString,
) -> Sequence[Row]:
    wanted = page.asked
    conditions: Sequence[tuple[LiteralString, Sequence[object] | None]] = (
        ("account_id = %s", given(account_id)),
        (by, given(wanted.actor)),
        ("event_type = %s", given(wanted.type)),
        ("recorded_at >= %s", given(wanted.from_)),
        ("recorded_at < %s", given(wanted.to)),
        ("ledger_seq < %s", page.after),
    )
    return snapshot.page(_LIST, *conditions, order="ledger_seq DESC", limit=page.rows_wanted)


def _key(row: Row) -> tuple[object]:
    return (row["ledger_seq"],)


def _for_staff(row: Row) -> AuditEntryOut:
    return AuditEntryOut(
        event_id=row["event_id"],
        ledger_seq=row["ledger_seq"],
        type=row["event_type"],
        account_id=row["account_id"],
        trader_id=row["trader_id"],
        version=row["stream_version"],
        summary=row["summary"],
        actor=row["actor"],
        reason=row["reason"],
        request_id=row["request_id"],
        correlation_id=row["correlation_id"],
        causation_id=row["causation_id"],
        effective_at=row["effective_at"],
        recorded_at=row["recorded_at"],
    )


def _for_trader(row: Row) -> AuditEntryOut:
    role, _, _ = str(row["actor"]).partition(":")
    return _for_staff({**row, "ledger_seq": None, "actor": role})
