"""Hints that the log has grown: worth having, and never to be relied on."""

from __future__ import annotations

from typing import Protocol


class WakeUp(Protocol):
    """The hints as those hear them who follow the log."""

    def wait(self, *, milliseconds: int) -> None:
        """Until a hint comes, or so long. A hint that came since the last wait counts."""


class Knock(Protocol):
    """The hints as those give them who write to the log."""

    def knock(self) -> None:
        """The log has grown. Takes no time and never fails, whether anybody hears it or not."""
