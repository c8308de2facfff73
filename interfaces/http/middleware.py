"""Around every request: its id, its line in the access log, and no copy kept in any cache."""

from __future__ import annotations

import logging
import re
from contextlib import AbstractContextManager
from http import HTTPStatus
from time import perf_counter
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uuid_utils import uuid7

from interfaces.http.problems import internal_fault, problem
from interfaces.watching.meters import METHODS
from interfaces.watching.observing import ProcessObserver
from interfaces.watching.traceparent import trace_id
from interfaces.watching.tracing import RequestSpan

REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)
CACHEABLE: Final = ("/openapi.json", "/v1/errors")

access = logging.getLogger("dynasty.access")
failures = logging.getLogger("dynasty.http")


class Envelope:
    """Gives each request an id, answers whatever was unforeseen, measures it, and logs one line
    without secrets: no header, no query and no body.
    """

    def __init__(self, app: ASGIApp, *, body_bytes_max: int, observer: ProcessObserver) -> None:
        self._app, self._observer = app, observer
        self._body_bytes_max = body_bytes_max

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = perf_counter(), 0
        headers = Headers(scope=scope)
        request_id, correlation_id = _identified(headers)
        state = scope.setdefault("state", {})
        state["request_id"], state["correlation_id"] = request_id, correlation_id

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                _sign(MutableHeaders(scope=message), path=scope["path"], request_id=request_id)
            await send(message)

        with self._span(scope, headers) as span:
            try:
                await self._app(scope, _bounded(receive, self._body_bytes_max), sending)
            except Exception:
                failures.exception("request %s failed", request_id)
                if status:
                    raise
                await problem(Request(scope), internal_fault())(scope, receive, sending)
            finally:
                seconds = perf_counter() - began
                self._measure(scope, span, status=status, seconds=seconds)
                _note(scope, status=status, taken_ms=seconds * 1000)

    def _span(self, scope: Scope, headers: Headers) -> AbstractContextManager[RequestSpan]:
        return self._observer.tracing.request(
            method=_method(scope),
            parent=headers.get("traceparent", ""),
            request_id=scope["state"]["request_id"],
        )

    def _measure(self, scope: Scope, span: RequestSpan, *, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", None)
        span.answered(route=route, status=status)
        self._observer.meters.requested(
            method=_method(scope),
            route=route,
            status=status,
            seconds=seconds,
            problem=scope["state"].get("problem"),
        )


def _method(scope: Scope) -> str:
    """The method, unless it is one that somebody made up."""
    method = scope["method"]
    return method if method in METHODS else "other"


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
    return request_id, trace_id(headers.get("traceparent", "")) or request_id


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
