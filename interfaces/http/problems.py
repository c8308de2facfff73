"""Every refusal and failure as a problem document: one way out for all of them."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from domain.errors import DomainError
from interfaces.http.errors import (
    BodyTooLarge,
    InternalFault,
    InvalidRequest,
    MethodNotAllowed,
    NoSuchPath,
    UnreadableBody,
)
from interfaces.http.problem_models import MEDIA_TYPE
from interfaces.http.problem_table import KINDS, page_of

RETRY_AFTER_SECONDS: Final = 1
ERRORS_MAX: Final = 50
POINTER_MAX: Final = 200

# Where in a body the fault of these lies; others say so themselves in the fact `pointer`.
_POINTERS: Final[Mapping[str, str]] = {
    "unknown-contract": "/symbol",
    "quantity-out-of-range": "/quantity",
    "fees-negative": "/fees/amount",
    "exit-before-entry": "/exited_at",
}
# Facts that are not the caller's business: they tell where in the whole log something stands.
_KEPT_BACK: Final = frozenset(
    {"pointer", "reason", "ledger_seq", "positions", "scope", "streams", "stream_id", "kind"}
)
_BY_STATUS: Final[Mapping[int, type[DomainError]]] = {
    HTTPStatus.BAD_REQUEST: UnreadableBody,
    HTTPStatus.NOT_FOUND: NoSuchPath,
    HTTPStatus.METHOD_NOT_ALLOWED: MethodNotAllowed,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: BodyTooLarge,
}
log = logging.getLogger("dynasty.http")


def problem(request: Request, refusal: DomainError) -> JSONResponse:
    """The problem document of a refusal. A code without a row is our fault, and says so."""
    kind = KINDS.get(refusal.code)
    if kind is None:
        log.error("the code %s has no row in the problem table", refusal.code)
        return problem(request, internal_fault())
    request.state.problem = refusal.code
    facts = {name: value for name, value in refusal.facts.items() if name not in _KEPT_BACK}
    document = {
        **jsonable_encoder(facts),
        "type": page_of(refusal.code),
        "title": kind.title,
        "status": kind.status,
        "detail": refusal.sentence,
        "instance": request.url.path,
        "code": refusal.code,
        "request_id": getattr(request.state, "request_id", ""),
        "retryable": kind.retryable,
        "errors": _places(refusal),
    }
    return JSONResponse(
        document, status_code=kind.status, media_type=MEDIA_TYPE, headers=_headers(kind.status)
    )


def internal_fault() -> InternalFault:
    """The refusal that stands for anything unforeseen; what it was stays in our log."""
    return InternalFault(
        "The service failed. It was logged under this request's id; send a command again with the"
        " same key, it is done once at the most."
    )


def install(app: FastAPI) -> None:
    """Let every refusal of the application leave as a problem document."""
    app.add_exception_handler(DomainError, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)


async def _refused(request: Request, refusal: Exception) -> JSONResponse:
    assert isinstance(refusal, DomainError)
    return problem(request, refusal)


async def _invalid(request: Request, fault: Exception) -> JSONResponse:
    assert isinstance(fault, RequestValidationError)
    found = fault.errors()
    if any(each["type"] == "json_invalid" for each in found):
        return problem(request, UnreadableBody("The body is not JSON; send a JSON document."))
    errors = [_place(each) for each in found[:ERRORS_MAX]]
    said = "; ".join(f"{each['pointer']}: {each['message']}" for each in errors)
    return problem(
        request, InvalidRequest(f"The request cannot be used as it is: {said}.", errors=errors)
    )


async def _http(request: Request, fault: Exception) -> JSONResponse:
    assert isinstance(fault, HTTPException)
    refusal = _BY_STATUS.get(fault.status_code)
    if refusal is None:
        return problem(request, internal_fault())
    answer = problem(request, refusal(f"{KINDS[refusal.code].remedy}"))
    answer.headers.update(fault.headers or {})
    return answer


def _place(error: Mapping[str, Any]) -> dict[str, str]:
    """One complaint of the validator, without the value it complains about."""
    location, *steps = error["loc"]
    pointer = "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in steps)
    message = str(error["msg"]).removeprefix("Value error, ")
    return {"location": str(location), "pointer": pointer[:POINTER_MAX], "message": message}


def _places(refusal: DomainError) -> Sequence[Mapping[str, str]]:
    given = refusal.facts.get("errors")
    if isinstance(given, list):
        return given
    pointer = refusal.facts.get("pointer", _POINTERS.get(refusal.code))
    if pointer is None:
        return []
    message = str(refusal.facts.get("reason", refusal.sentence))
    return [{"location": "body", "pointer": str(pointer), "message": message}]


def _headers(status: int) -> dict[str, str]:
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        return {"Retry-After": str(RETRY_AFTER_SECONDS)}
    if status == HTTPStatus.UNAUTHORIZED:
        return {"WWW-Authenticate": 'Bearer realm="dynasty-ledger"'}
    return {}
