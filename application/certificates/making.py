"""From the log to the certificate of one verdict."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from application.certificates.differences import Differs
from application.certificates.documents import ENGINE, certificate_of, text_of
from application.certificates.entries import Logged, logged_from
from application.certificates.errors import HistoryNotReproduced, HistoryTooLong
from application.certificates.finding import find_verdict
from application.certificates.ports import EventCodec
from application.certificates.running import Running
from application.log import Log, LogSelection

EVENTS_MAX: Final = 50_000


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate as a document and as its one text. The same verdict gives the same text."""

    document: dict[str, Any]
    text: str

    @property
    def digest(self) -> str:
        """The SHA-256 that the certificate ends in its own name for."""
        return str(self.document["digest"])


def make_certificate(
    log: Log,
    codec: EventCodec,
    account_id: UUID,
    verdict: str | None = None,
    *,
    events_max: int = EVENTS_MAX,
    told: Callable[[int], object] = lambda _: None,
) -> Certificate:
    """The certificate of a verdict (an event id, `v57`, or None), run again before it is given.

    `told` hears of each event, for progress bars. Refuses with StreamNotFound, NoVerdict,
    HistoryTooLong, or HistoryNotReproduced when the log's own events do not come to it.
    """
    found = find_verdict(log, account_id, verdict)
    history = _history(log, account_id, until=found.stream_version, events_max=events_max)
    running = Running(codec)
    try:
        document = certificate_of(
            running,
            _counted(history, told),
            verdict_version=found.stream_version,
            account_id=account_id,
            engine=ENGINE,
        )
    except Differs as differs:
        raise HistoryNotReproduced(
            "The account's recorded reports, run again by this release, do not give what stands in"
            f" the log: {differs.difference}. No certificate is made of it. Run the release that"
            " recorded it, and tell the firm's engineers.",
            place=differs.difference.pointer,
        ) from differs
    return Certificate(document, text_of(document))


def _history(log: Log, account_id: UUID, *, until: int, events_max: int) -> Iterator[Logged]:
    """Refuses before anything is read when even the verdict itself lies beyond the limit."""
    if until > events_max:
        raise _too_long(events_max)
    for recorded in log.stream(LogSelection(stream_id=account_id)):
        if recorded.stream_version > events_max:
            raise _too_long(events_max)
        yield logged_from(recorded, log.decode(recorded))


def _counted(history: Iterator[Logged], told: Callable[[int], object]) -> Iterator[Logged]:
    for each in history:
        told(1)
        yield each


def _too_long(events_max: int) -> HistoryTooLong:
    return HistoryTooLong(
        f"More than {events_max:,} events of this account lead to the verdict, and one certificate"
        " holds no more. Export the account's events instead: `dynasty events export --account`.",
        events_max=events_max,
    )
