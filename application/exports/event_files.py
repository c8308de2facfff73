"""The events of an export, cut into files, each beside an index of its lines."""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import Any

from application.exports.drafts import Draft, HashedFile
from application.exports.lines import line_of, moment_text
from application.log import RecordedEvent


class EventFiles:
    """Writes events in order and keeps the counts. Holds one event at a time, never more."""

    def __init__(self, draft: Draft, *, events_per_file: int) -> None:
        self._draft = draft
        self._events_per_file = events_per_file
        self._open: _EventFile | None = None
        self.documents: list[dict[str, Any]] = []
        self.events = 0
        self.first: RecordedEvent | None = None
        self.last: RecordedEvent | None = None
        self.versions: Counter[tuple[str, int]] = Counter()

    def add(self, recorded: RecordedEvent) -> None:
        """Write the next event."""
        if self._open is None:
            self._open = _EventFile(self._draft, number=len(self.documents) + 1, first=recorded)
        self._open.add(recorded)
        self.events += 1
        self.first = self.first or recorded
        self.last = recorded
        self.versions[recorded.event_type, recorded.schema_version] += 1
        if self._open.lines == self._events_per_file:
            self.close()

    def close(self) -> None:
        """End the file that is open, if one is."""
        if self._open is not None:
            self.documents.append(self._open.close())
            self._open = None


class _EventFile:
    def __init__(self, draft: Draft, *, number: int, first: RecordedEvent) -> None:
        name = f"events-{number:08d}"
        self.lines = 0
        self._events: HashedFile = draft.create(f"{name}.jsonl")
        self._index: HashedFile = draft.create(f"{name}.index")
        self._first = self._last = first

    def add(self, recorded: RecordedEvent) -> None:
        line = line_of(recorded)
        self._events.write(line + b"\n")
        digest = hashlib.sha256(line).hexdigest()
        self._index.write(f"{recorded.ledger_seq} {digest}\n".encode())
        self.lines += 1
        self._last = recorded

    def close(self) -> dict[str, Any]:
        return {
            **self._events.close(),
            "lines": self.lines,
            "first_ledger_seq": self._first.ledger_seq,
            "last_ledger_seq": self._last.ledger_seq,
            "first_recorded_at": moment_text(self._first.recorded_at),
            "last_recorded_at": moment_text(self._last.recorded_at),
            "index": self._index.close(),
        }
