"""What is told of commands and appends to whoever measures and traces.

An observer decides nothing and may not fail. Without one nothing is measured, at no cost.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Final, Protocol


class Told(Protocol):
    """One command that is being carried out."""

    @property
    def trace_context(self) -> str | None:
        """The W3C `traceparent` that its events carry into the log; None when it is in no trace."""

    def answered(self, *, replayed: bool, changed: bool) -> None:
        """It has its receipt: the first one again, or a new one, of something or of nothing."""


class Observer(Protocol):
    """Told of each command that goes through the pipeline, and of each append of this process."""

    def carrying_out(self, command: str) -> AbstractContextManager[Told]:
        """A command of this name is carried out during the block; what it raises passes through."""

    def appending(self, events: int) -> AbstractContextManager[None]:
        """So many events are appended during the block."""


class _Untold:
    """Nobody is told of this command."""

    trace_context: str | None = None

    def answered(self, *, replayed: bool, changed: bool) -> None:
        """Nobody listens."""


class Unobserved:
    """Nobody measures. One block serves all commands and appends."""

    def carrying_out(self, command: str) -> AbstractContextManager[Told]:  # noqa: ARG002 (nobody is told)
        """Nobody is told."""
        return _UNTOLD

    def appending(self, events: int) -> AbstractContextManager[None]:  # noqa: ARG002 (the same)
        """Nobody is told."""
        return _NOTHING


_UNTOLD: Final = nullcontext(_Untold())
_NOTHING: Final = nullcontext()
UNOBSERVED: Final[Observer] = Unobserved()
