"""What every route works with: the runtime, the clock, and what guards them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from threading import BoundedSemaphore
from typing import Annotated, Final, cast

from fastapi import Depends, Request

from interfaces.bootstrap.runtime import Runtime
from interfaces.http.sealing import Sealer
from interfaces.http.tokens import Principal, Tokens
from interfaces.watching.observing import ProcessObserver

WAITERS_MAX: Final = 16
"""Requests that may wait for a projection at once; each holds a thread."""

WHATIF_MAX: Final = 2
"""What-if questions that are answered at once while their callers wait."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """One for the whole application, at `app.state.desk`."""

    runtime: Runtime
    clock: Callable[[], datetime]
    tokens: Tokens
    sealer: Sealer
    observer: ProcessObserver
    waiters: BoundedSemaphore = field(default_factory=lambda: BoundedSemaphore(WAITERS_MAX))
    whatif: BoundedSemaphore = field(default_factory=lambda: BoundedSemaphore(WHATIF_MAX))


def desk_of(request: Request) -> Desk:
    """The desk of the application that serves the request."""
    return cast("Desk", request.app.state.desk)


def principal_of(request: Request) -> Principal:
    """Who calls; the guard of the route has checked the token."""
    return cast("Principal", request.state.principal)


TheDesk = Annotated[Desk, Depends(desk_of)]
Caller = Annotated[Principal, Depends(principal_of)]
