"""Verdicts and their certificates, read from the log itself: what is answered is never behind."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from threading import BoundedSemaphore
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import Header, Path, Query, Response
from pydantic import Field

from application.accounts.queries import TwoClocks
from application.certificates.finding import is_ending, opening_of, verdicts_before
from application.certificates.kinds import KINDS
from application.certificates.making import Certificate, make_certificate
from application.log import RecordedEvent
from domain.errors import DomainError
from interfaces.bootstrap.starting import event_codec
from interfaces.http.certificate_examples import CERTIFICATE, PAGE
from interfaces.http.clocks import PronouncedIn
from interfaces.http.desk import Caller, Desk, TheDesk
from interfaces.http.fields import AccountId, Moment, Wire
from interfaces.http.guard import guarded_router
from interfaces.http.ownership import insist_on_seeing
from interfaces.http.page_models import PageOut
from interfaces.http.pagination import ThePages
from interfaces.http.positions import sealed
from interfaces.http.problem_models import refusals
from interfaces.http.tokens import Principal
from interfaces.pages.certificate_page import POLICY, page_of
from interfaces.pages.verdict_words import summary_of

AT_ONCE_MAX: Final = 2
"""Certificates in the making in one process: each runs a whole history again."""

WAIT_SECONDS: Final = 5
_EVENT_ID: Final = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_CERTIFICATE: Final = "application/json"
_PAGE: Final = "text/html"
_WEIGHT = re.compile(r"q=([01](?:\.\d{1,3})?)", re.ASCII)
_making = BoundedSemaphore(AT_ONCE_MAX)
router = guarded_router(tag="verdicts")

VerdictId = Annotated[
    str,
    Path(
        pattern=rf"^(?:v[1-9][0-9]{{0,9}}|{_EVENT_ID})$",
        max_length=36,
        description="Its event id, or the account's version that it made, as `v57`",
        examples=["0199f3c2-7f00-7000-8000-0000000000e1"],
    ),
]


class CertificatesBusy(DomainError):
    """As many certificates are in the making as this process makes at once."""

    code = "certificates-busy"


class VerdictOut(Wire):
    """Something that was decided about an account, and for which there is a certificate."""

    verdict: UUID = Field(strict=False, examples=["0199f3c2-7f00-7000-8000-0000000000e1"])
    version: int = Field(description="The account's version that it made", examples=[57])
    kind: str = Field(
        description="breach, lock, pass, revision, or a step of a payout; more may follow",
        examples=["breach"],
    )
    type: str = Field(examples=["account.failed"])
    ends_account: bool = Field(examples=[True])
    summary: str = Field(
        examples=["The account is over: a rule whose effect is to fail was broken."]
    )
    effective_at: Moment
    recorded_at: Moment


@dataclass(frozen=True, slots=True)
class _Head:
    """The log as far as it reached when a list was read."""

    position: int


@router.get(
    "/accounts/{account_id}/verdicts",
    summary="List verdicts",
    responses=refusals("not-found", "cursor-refused", "ledger-unavailable"),
)
def list_verdicts(
    *,
    account_id: AccountId,
    desk: TheDesk,
    caller: Caller,
    response: Response,
    pages: ThePages,
    asked: Annotated[PronouncedIn, Query()],
) -> PageOut[VerdictOut]:
    """What was decided about an account, newest first, each with a certificate to be had."""
    page = pages.turn_to(asked)
    log = desk.runtime.log
    _insist_on_account(desk, caller, account_id)
    head = _Head(log.head())
    before = None if page.after is None else int(page.after[0])
    clocks = TwoClocks(as_of=page.asked.as_of, known_at=page.asked.known_at)
    found = verdicts_before(
        log, account_id, before_seq=before, limit=page.rows_wanted, clocks=clocks
    )
    response.headers["Ledger-Position"] = sealed(desk, head.position)
    return page.of(
        found,
        lambda recorded: _verdict_of(desk, recorded),
        key=lambda recorded: (recorded.ledger_seq,),
        snapshot=head,
    )


@router.get(
    "/accounts/{account_id}/verdicts/{verdict}/certificate",
    summary="Read a verdict's certificate",
    response_class=Response,
    responses={
        **refusals(
            "not-found", "history-too-long", "history-not-reproduced", "certificates-busy",
            "ledger-unavailable",
        ),
        200: {
            "description": "The certificate; its bytes are what `dynasty certificate` writes.",
            "content": {_CERTIFICATE: {"example": CERTIFICATE}, _PAGE: {"example": PAGE}},
            "headers": {
                "ETag": {
                    "description": "The digest of the certificate, which never changes.",
                    "schema": {"type": "string"},
                },
                "Content-Disposition": {
                    "description": "A name for the file.",
                    "schema": {"type": "string"},
                },
            },
        },
    },
)  # fmt: skip
def get_certificate(
    account_id: AccountId,
    verdict: VerdictId,
    desk: TheDesk,
    caller: Caller,
    accept: Annotated[
        str | None,
        Header(
            description="`text/html` for the page for people; else the certificate as JSON.",
            examples=["application/json"],
        ),
    ] = None,
) -> Response:
    """A verdict with all it rests on, to be run again by anyone: `dynasty certificate verify`."""
    _insist_on_account(desk, caller, account_id)
    with _one_of_few():
        made = make_certificate(desk.runtime.log, event_codec(), account_id, verdict)
        answer = _as_page(made) if _prefers_page(accept) else _as_document(made)
    answer.headers["Ledger-Position"] = sealed(desk, desk.runtime.log.head())
    answer.headers["Vary"] = "Accept"
    return answer


def _insist_on_account(desk: Desk, caller: Principal, account_id: UUID) -> None:
    opening = opening_of(desk.runtime.log, account_id)
    insist_on_seeing(caller, opening.trader_id if opening else None, account_id)


@contextmanager
def _one_of_few() -> Iterator[None]:
    if not _making.acquire(timeout=WAIT_SECONDS):
        raise CertificatesBusy("Too many certificates are being made now. Ask again in a second.")
    try:
        yield
    finally:
        _making.release()


def _as_document(made: Certificate) -> Response:
    name = _file_name(made.document, "json")
    headers = {
        "ETag": f'"{made.digest}"',
        "Content-Disposition": f'attachment; filename="{name}"',
    }
    return Response(made.text.encode(), media_type=_CERTIFICATE, headers=headers)


def _as_page(made: Certificate) -> Response:
    name = _file_name(made.document, "html")
    headers = {
        "ETag": f'"{made.digest}-page"',
        "Content-Disposition": f'inline; filename="{name}"',
        "Content-Security-Policy": POLICY,
    }
    return Response(page_of(made.document, event_codec()), media_type=_PAGE, headers=headers)


def _file_name(document: dict[str, Any], ending: str) -> str:
    account, version = document["account"]["account_id"], document["verdict"]["version"]
    return f"certificate-{account}-v{version}.{ending}"


def _prefers_page(accept: str | None) -> bool:
    """Whether a page is wanted more than a document, by the weights of the header."""
    weights = dict(_weighed(each) for each in reversed((accept or "").split(",")))
    document = weights.get(_CERTIFICATE, weights.get("*/*", Decimal(0)))
    return weights.get(_PAGE, Decimal(0)) > document


def _weighed(media_range: str) -> tuple[str, Decimal]:
    media, *parameters = (each.strip().lower() for each in media_range.split(";"))
    for each in parameters:
        if found := _WEIGHT.fullmatch(each):
            return media, Decimal(found[1])
    return media, Decimal(1)


def _verdict_of(desk: Desk, recorded: RecordedEvent) -> VerdictOut:
    log = desk.runtime.log
    return VerdictOut(
        verdict=recorded.event_id,
        version=recorded.stream_version,
        kind=KINDS[recorded.event_type],
        type=recorded.event_type,
        ends_account=is_ending(log, recorded),
        summary=summary_of(log.decode(recorded)),
        effective_at=recorded.effective_at,
        recorded_at=recorded.recorded_at,
    )
