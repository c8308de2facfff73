"""Around every request: its id, its line in the access log, and no copy kept in any cache."""

from __future__ import annotations

import logging
import re
from http import HTTPStatus
from time import perf_counter
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uuid_utils import uuid7

from interfaces.http.problems import internal_fault, problem

REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)
TRACE_PARENT: Final = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}", re.ASCII)
CACHEABLE: Final = ("/openapi.json", "/v1/errors")

access = logging.getLogger("dynasty.access")
failures = logging.getLogger("dynasty.http")


class Envelope:
    """Gives each request an id, answers whatever was unforeseen, and logs one line without secrets:
    no header, no query and no body.
    """

    def __init__(self, app: ASGIApp, *, body_bytes_max: int) -> None:
        self._app = app
        self._body_bytes_max = body_bytes_max

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = perf_counter(), 0
        request_id, correlation_id = _identified(Headers(scope=scope))
        state = scope.setdefault("state", {})
        state["request_id"], state["correlation_id"] = request_id, correlation_id

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                _sign(MutableHeaders(scope=message), path=scope["path"], request_id=request_id)
            await send(message)

        try:
            await self._app(scope, _bounded(receive, self._body_bytes_max), sending)
        except Exception:
            failures.exception("request %s failed", request_id)
            if status:
                raise
            await problem(Request(scope), internal_fault())(scope, receive, sending)
        finally:
            taken_ms = (perf_counter() - began) * 1000
            _note(scope, status=status, taken_ms=taken_ms)


def _bounded(receive: Receive, bytes_max: int) -> Receive:
    """The same body, refused as soon as more of it has come than there may be."""
    received = 0

    async def receiving() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > bytes_max:
            raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        return message

    return receiving


def _identified(headers: Headers) -> tuple[str, str]:
    """The request's id and the trace it belongs to; the caller's own where they are well formed."""
    given = headers.get("request-id", "")
    request_id = given if REQUEST_ID.fullmatch(given) else str(uuid7())
    trace = TRACE_PARENT.fullmatch(headers.get("traceparent", ""))
    return request_id, trace[1] if trace else request_id


def _sign(headers: MutableHeaders, *, path: str, request_id: str) -> None:
    headers["Request-Id"] = request_id
    headers["X-Content-Type-Options"] = "nosniff"
    if not path.startswith(CACHEABLE):
        headers["Cache-Control"] = "no-store"


def _note(scope: Scope, *, status: int, taken_ms: float) -> None:
    principal = scope["state"].get("principal")
    access.info(
        "%s %s %d %.1fms request=%s actor=%s",
        scope["method"],
        scope["path"].encode("ascii", "backslashreplace").decode(),
        status,
        taken_ms,
        scope["state"]["request_id"],
        principal.actor if principal else "-",
    )
