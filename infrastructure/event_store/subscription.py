"""Following the log by asking again, which no dropped notification can stop."""

from collections import deque
from collections.abc import Sequence
from threading import Event as Signal
from typing import Final

from eventsourcing.persistence import ApplicationRecorder, Notification, Subscription
from typing_extensions import override

PAGE: Final = 500
WAIT_SECONDS_MIN: Final = 0.005
WAIT_SECONDS_MAX: Final = 1.0


class PollingSubscription(Subscription[ApplicationRecorder]):
    """Yields every event after a position, then waits for more: at first briefly, then longer."""

    def __init__(
        self, recorder: ApplicationRecorder, gt: int | None = None, topics: Sequence[str] = ()
    ) -> None:
        super().__init__(recorder, gt=gt, topics=topics)
        self._stopped = Signal()
        self._page: deque[Notification] = deque()
        self._last_seq = gt or 0

    @override
    def stop(self) -> None:
        super().stop()
        self._stopped.set()

    @override
    def __next__(self) -> Notification:
        wait_seconds = WAIT_SECONDS_MIN
        while not self._stopped.is_set():
            if not self._page:
                self._page.extend(self._next_page())
            if self._page:
                notification = self._page.popleft()
                self._last_seq = notification.id
                return notification
            self._stopped.wait(wait_seconds)
            wait_seconds = min(2 * wait_seconds, WAIT_SECONDS_MAX)
        raise StopIteration

    def _next_page(self) -> Sequence[Notification]:
        return self._recorder.select_notifications(
            start=self._last_seq, limit=PAGE, topics=self._topics, inclusive_of_start=False
        )
