"""What is traced, and not how: without anywhere to send traces to, a caller's own is passed on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from typing import Final, Protocol

from application.log import RecordedEvent
from interfaces.watching.traceparent import traceparent


class RequestSpan(Protocol):
    """A request that is being answered."""

    def answered(self, *, route: str | None, status: int) -> None:
        """It was, with this status; `route` is the path with its parameters unfilled."""


class Tracing(Protocol):
    """Where spans begin. None of it fails, whatever becomes of the spans."""

    def request(
        self, *, method: str, parent: str, request_id: str
    ) -> AbstractContextManager[RequestSpan]:
        """A request is answered during the block; `parent` is its `traceparent` as it came."""

    def command(self, name: str) -> AbstractContextManager[str | None]:
        """A command is carried out; the `traceparent` for its events, if it is in a trace."""

    def append(self, events: int) -> AbstractContextManager[None]:
        """So many events are appended."""

    def step(
        self,
        models: Sequence[str],
        recorded: Sequence[RecordedEvent],
        *,
        began_ns: int,
        ended_ns: int,
    ) -> None:
        """A step was made, between two moments of the monotonic clock."""


class _Passing(RequestSpan):
    """Nobody records this request."""

    def answered(self, *, route: str | None, status: int) -> None:
        """Nobody listens."""


class Untraced(Tracing):
    """No span is made. Whose request came with a trace finds its events in it all the same."""

    def __init__(self) -> None:
        self._given: ContextVar[str | None] = ContextVar("traceparent", default=None)
        self._passing = _Passing()

    @contextmanager
    def request(self, *, method: str, parent: str, request_id: str) -> Iterator[RequestSpan]:  # noqa: ARG002 (the port)
        """Remember the caller's trace during the block."""
        token = self._given.set(traceparent(parent))
        try:
            yield self._passing
        finally:
            self._given.reset(token)

    def command(self, name: str) -> AbstractContextManager[str | None]:  # noqa: ARG002 (the port)
        """The caller's trace."""
        return nullcontext(self._given.get())

    def append(self, events: int) -> AbstractContextManager[None]:  # noqa: ARG002 (the port)
        """Nothing."""
        return nullcontext()

    def step(
        self,
        models: Sequence[str],
        recorded: Sequence[RecordedEvent],
        *,
        began_ns: int,
        ended_ns: int,
    ) -> None:
        """Nothing."""


UNTRACED: Final = Untraced()
