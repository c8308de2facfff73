"""How long a projector waits before it looks again."""

from __future__ import annotations

from typing import Final

IDLE_SECONDS_MIN: Final = 0.005
IDLE_SECONDS_MAX: Final = 0.25
GATHER_SECONDS: Final = 0.02


class Pace:
    """A lone event is taken at once; while they keep coming, they are gathered for a moment, so
    that a transaction holds many; where none come, looks grow rare.
    """

    def __init__(self) -> None:
        self._idle_seconds = IDLE_SECONDS_MIN
        self._was_busy = False

    def after(self, *, events: int, limit: int) -> float:
        """Seconds to wait after a look that found so many events and could have taken `limit`."""
        was_busy, self._was_busy = self._was_busy, events > 0
        if events:
            self._idle_seconds = IDLE_SECONDS_MIN
            if events >= limit:
                return 0
            return GATHER_SECONDS if was_busy else IDLE_SECONDS_MIN
        self._idle_seconds = min(2 * self._idle_seconds, IDLE_SECONDS_MAX)
        return self._idle_seconds

    @property
    def is_idle(self) -> bool:
        """Whether the last look found nothing: then a hint is worth waking up for."""
        return not self._was_busy
