"""What is kept from a read model: events of parked streams, and events that were discarded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from application.log import RecordedEvent
from projections.dead_letters import DeadLetter
from projections.kernel import Batch


class Withheld:
    """Which events are not for which model, as some letters have it."""

    def __init__(self, letters: Iterable[DeadLetter] = ()) -> None:
        self.parked: set[tuple[int, str]] = set()
        """Letter and model, so that two looks at the letters can be compared."""
        self._from: dict[UUID, dict[str, int]] = {}
        self._but: dict[int, set[str]] = {}
        for each in letters:
            if each.status == "parked":
                self.parked |= {(each.letter_id, name) for name in each.projections}
                stream = self._from.setdefault(each.stream_id, {})
                for name in each.projections:
                    stream[name] = min(each.ledger_seq, stream.get(name, each.ledger_seq))
            else:
                self._but.setdefault(each.ledger_seq, set()).update(each.projections)

    def keeps(self, recorded: RecordedEvent, name: str) -> bool:
        """Whether the event is kept from the model."""
        begins: Mapping[str, int] = self._from.get(recorded.stream_id, {})
        if name in begins and recorded.ledger_seq >= begins[name]:
            return True
        return name in self._but.get(recorded.ledger_seq, ())

    def touches(self, recorded: Sequence[RecordedEvent]) -> bool:
        """Whether any of these events is kept from anybody."""
        if not self._from and not self._but:
            return False
        return any(
            each.stream_id in self._from or each.ledger_seq in self._but for each in recorded
        )

    def wanted(
        self, recorded: Sequence[RecordedEvent], names: Sequence[str]
    ) -> Sequence[RecordedEvent]:
        """The events that any of these models takes in."""
        return [each for each in recorded if not all(self.keeps(each, name) for name in names)]

    def part(self, batch: Batch, name: str) -> Batch:
        """What of a batch is for one model."""
        events = [each for each in batch.events if not self.keeps(each.recorded, name)]
        if len(events) == len(batch.events):
            return batch
        streams = {each.recorded.stream_id for each in events}
        accounts = {id: fold for id, fold in batch.accounts.items() if id in streams}
        return Batch(events, accounts)

    def before(self, position: int) -> int | None:
        """Up to where a batch after this position may reach, so that no stream is cut within it.

        A batch shows accounts as they stand after its last event: one that reached over the
        beginning of a letter would show them too new.
        """
        begins = [seq for stream in self._from.values() for seq in stream.values()]
        return min((seq - 1 for seq in begins if seq - 1 > position), default=None)
