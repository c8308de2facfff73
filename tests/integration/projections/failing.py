"""Events that cannot be taken in until they are mended, by a log or by a read model."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from psycopg import Cursor
from typing_extensions import override

from application.log import LogSelection, RecordedEvent, StreamRange
from domain.kernel import Event
from projections.kernel import Batch
from projections.limit_warnings import LimitWarnings
from projections.loading import StreamLog
from projections.trades import Trades


@dataclass
class Unreadable(StreamLog):
    """The log to a release that cannot read some events."""

    log: StreamLog
    positions: set[int] = field(default_factory=set)
    error: Exception = field(default_factory=lambda: ValueError("The quantity is a poem."))

    @override
    def head(self) -> int:
        return self.log.head()

    @override
    def read(self, *, after: int, limit: int) -> Sequence[RecordedEvent]:
        return self.log.read(after=after, limit=limit)

    @override
    def ranges(self, *, events: int, last_seq: int) -> Sequence[StreamRange]:
        return self.log.ranges(events=events, last_seq=last_seq)

    @override
    def streams(self, within: StreamRange, *, last_seq: int) -> Iterator[RecordedEvent]:
        return self.log.streams(within, last_seq=last_seq)

    @override
    def select(
        self, selection: LogSelection, *, newest_first: bool, limit: int
    ) -> Sequence[RecordedEvent]:
        return self.log.select(selection, newest_first=newest_first, limit=limit)

    @override
    def stream(self, selection: LogSelection) -> Iterator[RecordedEvent]:
        return self.log.stream(selection)

    @override
    def decode(self, recorded: RecordedEvent) -> Event:
        if recorded.ledger_seq in self.positions:
            raise self.error
        return self.log.decode(recorded)


class PickyTrades(Trades):
    """Cannot bear some events."""

    def __init__(self, *positions: int, error: Exception | None = None) -> None:
        self.positions, self.error = set(positions), error or ValueError("It is too bitter.")

    @override
    def project(self, batch: Batch, cursor: Cursor[Any]) -> None:
        super().project(batch, cursor)
        if any(each.recorded.ledger_seq in self.positions for each in batch.events):
            raise self.error


class PickyWarnings(LimitWarnings):
    """The same, of a model that decides nothing."""

    def __init__(self, *positions: int) -> None:
        self.positions = set(positions)

    @override
    def project(self, batch: Batch, cursor: Cursor[Any]) -> None:
        super().project(batch, cursor)
        if any(each.recorded.ledger_seq in self.positions for each in batch.events):
            raise ValueError("It is too bitter.")
