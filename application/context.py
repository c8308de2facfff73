"""Who asks, why, and under which key: travels beside a command, never inside it."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

KEY_LENGTH_MAX = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class IdempotencyKey:
    """A caller's promise that one key always means one input.

    `scope` separates callers and operations; `fingerprint` is the hex SHA-256 of the canonical
    command.
    """

    scope: str
    key: str
    fingerprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandContext:
    """The metadata that every event of a command carries into the log."""

    actor: str
    correlation_id: str | None = None
    causation_id: str | None = None
    request_id: str | None = None
    reason: str | None = None
    trace_context: str | None = None
    """The W3C `traceparent` of the command: telemetry, no evidence."""

    idempotency: IdempotencyKey | None = None


NOBODY = CommandContext(actor="system")

_current: ContextVar[CommandContext] = ContextVar("command_context", default=NOBODY)


def current_context() -> CommandContext:
    """The context of the command that runs now."""
    return _current.get()


@contextmanager
def acting(context: CommandContext) -> Iterator[None]:
    """Everything saved inside the block carries this context."""
    token = _current.set(context)
    try:
        yield
    finally:
        _current.reset(token)
