"""The audit trail: who did what to which account, when, and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Annotated, Final, LiteralString
from uuid import UUID

from fastapi import Query
from pydantic import Field

from application.log import RecordedTimes
from interfaces.http.fields import LINE, AccountId, Moment, TraderId, Wire
from interfaces.http.guard import guarded_router
from interfaces.http.ownership import insist_on_account
from interfaces.http.page_models import PageIn, PageOut
from interfaces.http.pagination import Page, ThePages
from interfaces.http.positions import READS
from interfaces.http.problem_models import refusals
from interfaces.http.reading import Snapshot, TheReader
from interfaces.paging import given
from projections.audit_entries import AuditEntry, Place, audit_entries
from projections.audit_log import FREQUENT, RARE

router = guarded_router(tag="audit")

_LIST: Final = "SELECT ledger_seq, trader_id, balance_units FROM read.audit_log "
_REFUSALS: Final = ("cursor-refused", "event-not-in-log", "ledger-unavailable", *READS)
_PERSON: Final = "actor = %s"
# A trader who could filter by person could find out who its staff is by asking.
_ROLE: Final = "split_part(actor, ':', 1) = %s"

_TYPE: Final = "event_type = %s"
_RARE_TYPE: Final = f"{_TYPE} AND {RARE}"


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


@router.get("/audit", summary="List the audit trail", responses=refusals(*_REFUSALS))
def list_audit(
    reader: TheReader, pages: ThePages, asked: Annotated[AuditIn, Query()]
) -> PageOut[AuditEntryOut]:
    """Every recorded event of every account, newest first. For staff."""
    page, log = pages.turn_to(asked), reader.desk.runtime.log
    account_id = page.asked.account
    _fetch_ahead(log, page.asked)
    with reader.snapshot("audit_log", at_least=page.position) as snapshot:
        places = _places(log, snapshot, page, account_id=account_id, by=_PERSON)
    entries = audit_entries(log, places, stream_id=account_id)
    return page.of(entries, _for_staff, key=_key, snapshot=snapshot)


@router.get(
    "/accounts/{account_id}/audit",
    summary="List an account's audit trail",
    responses=refusals("not-found", *_REFUSALS),
)
def list_account_audit(
    account_id: AccountId,
    reader: TheReader,
    pages: ThePages,
    asked: Annotated[AccountAuditIn, Query()],
) -> PageOut[AuditEntryOut]:
    """Every recorded event of one account, newest first. A trader sees its own account's."""
    page, log = pages.turn_to(asked), reader.desk.runtime.log
    outside = reader.caller.role == "trader"
    _fetch_ahead(log, page.asked)
    with reader.snapshot("accounts", "audit_log", at_least=page.position) as snapshot:
        insist_on_account(reader, snapshot, account_id)
        by = _ROLE if outside else _PERSON
        places = _places(log, snapshot, page, account_id=account_id, by=by)
    entries = audit_entries(log, places, stream_id=account_id)
    return page.of(entries, _for_trader if outside else _for_staff, key=_key, snapshot=snapshot)


def _places(
    log: RecordedTimes,
    snapshot: Snapshot,
    page: Page[AuditIn] | Page[AccountAuditIn],
    *,
    account_id: UUID | None,
    by: LiteralString,
) -> Iterator[Place]:
    wanted = page.asked
    conditions: Sequence[tuple[LiteralString, Sequence[object] | None]] = (
        ("stream_id = %s AND trader_id IS NOT NULL", given(account_id)),
        (by, given(wanted.actor)),
        (_TYPE if wanted.type in FREQUENT else _RARE_TYPE, given(wanted.type)),
        ("ledger_seq > %s", _last_before(log, wanted.from_)),
        ("ledger_seq <= %s", _last_before(log, wanted.to)),
        ("ledger_seq < %s", page.after),
    )
    rows = snapshot.page(_LIST, *conditions, order="ledger_seq DESC", limit=page.rows_wanted)
    return (Place(**row) for row in rows)


def _fetch_ahead(log: RecordedTimes, asked: AccountAuditIn) -> None:
    """What is asked again while the snapshot stands is at hand then: an archive may take its time,
    and a snapshot is not kept open for it.
    """
    for moment in (asked.from_, asked.to):
        _last_before(log, moment)


def _last_before(log: RecordedTimes, moment: datetime | None) -> Sequence[object] | None:
    """The bound that a moment is.

    To be asked while the snapshot stands: before it, the log may end earlier than the snapshot.
    """
    return None if moment is None else (log.last_seq_before(moment),)


def _key(entry: AuditEntry) -> tuple[object]:
    return (entry.recorded.ledger_seq,)


def _for_staff(entry: AuditEntry) -> AuditEntryOut:
    recorded = entry.recorded
    return AuditEntryOut(
        event_id=recorded.event_id,
        ledger_seq=recorded.ledger_seq,
        type=recorded.event_type,
        account_id=entry.account_id,
        trader_id=entry.trader_id,
        version=recorded.stream_version,
        summary=entry.summary,
        actor=recorded.actor,
        reason=recorded.reason,
        request_id=recorded.request_id,
        correlation_id=recorded.correlation_id,
        causation_id=recorded.causation_id,
        effective_at=recorded.effective_at,
        recorded_at=recorded.recorded_at,
    )


def _for_trader(entry: AuditEntry) -> AuditEntryOut:
    role, _, _ = entry.recorded.actor.partition(":")
    return _for_staff(entry).model_copy(update={"ledger_seq": None, "actor": role})
