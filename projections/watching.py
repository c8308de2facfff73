"""What may be told of each step, to whoever measures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from application.log import RecordedEvent


class StepObserver(Protocol):
    """Told after the commit of a step; it must not take long, and may not fail."""

    def stepped(
        self,
        *,
        models: Sequence[str],
        recorded: Sequence[RecordedEvent],
        began_ns: int,
        ended_ns: int,
    ) -> None:
        """Which models took in which events, and when by the monotonic clock."""
