"""Archived events, found again: by position, by stream, by type, by actor and by time.

What is archived is a beginning of the log, up to a bound. A process remembers the bound it read
last; whoever reads rows reads the true one in the same snapshot, or after them, and comes back here
when it has moved. So nothing is ever taken for absent that was only moved.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from heapq import merge
from itertools import islice
from typing import Final
from uuid import UUID

from psycopg.sql import SQL

from application.archiving.errors import ArchiveUnavailable
from application.archiving.manifest import (
    LinesPiece,
    Manifest,
    StreamPiece,
    folder_of,
    read_manifest,
)
from application.errors import LedgerUnavailable
from application.log import LogSelection, RecordedEvent
from infrastructure.archive.shelf import Shelf
from infrastructure.postgres.persistence import persistently
from infrastructure.postgres.pools import Pool

BOUNDS_MAX: Final = 100
"""How often more may be archived while one question is answered."""

BOUND: Final = SQL("SELECT coalesce(max(last_seq), 0) FROM ledger.archives")
PARTS: Final = SQL(
    "SELECT first_seq, last_seq, first_recorded_at, last_recorded_at, manifest_sha256"
    " FROM ledger.archives WHERE first_seq > %s ORDER BY first_seq"
)
MANIFEST: Final = SQL("SELECT manifest FROM ledger.archives WHERE first_seq = %s")
STREAM: Final = SQL("SELECT first_seq, last_seq FROM ledger.streams WHERE stream_id = %s")


@dataclass(frozen=True, slots=True)
class Part:
    """An archived partition, as far as a process keeps it in mind."""

    first_seq: int
    last_seq: int
    first_recorded_at: datetime
    last_recorded_at: datetime
    manifest_sha256: str

    @property
    def folder(self) -> str:
        """Where its files are."""
        return folder_of(self.first_seq, self.last_seq)


class ArchivedLog:
    """The archived beginning of the log. Without a shelf it knows of it, and cannot read it.

    Refuses with ArchiveUnavailable, ArchiveDamaged, ArchiveStoreRefused or LedgerUnavailable.
    """

    def __init__(self, pool: Pool, shelf: Shelf | None = None) -> None:
        self._pool, self._shelf = pool, shelf
        self._parts: tuple[Part, ...] = ()

    @property
    def bound(self) -> int:
        """The last position that is known to be archived; 0 when nothing is."""
        parts = self._parts
        return parts[-1].last_seq if parts else 0

    def learn(self) -> int:
        """Ask the database what was archived meanwhile; the bound."""
        known = self._parts
        after = known[-1].first_seq if known else 0
        rows = persistently(
            self._pool, lambda session, _: session.execute(PARTS, (after,)).fetchall()
        )
        found = (*known, *(Part(*row) for row in rows))
        if len(found) > len(self._parts):
            self._parts = found
        return self.bound

    def newest_bound(self) -> int:
        """The bound as the database has it now. Rows that were read before, and lie above it, were
        all there to be read.
        """
        ((bound,),) = persistently(
            self._pool, lambda session, _: session.execute(BOUND, ()).fetchall()
        )
        return int(bound)

    def page(
        self, selection: LogSelection, *, newest_first: bool, limit: int
    ) -> Sequence[RecordedEvent]:
        """The first of the archived events that match, at most `limit`."""
        return list(islice(self.matching(selection, newest_first=newest_first), limit))

    def of_stream(
        self, stream_id: UUID, *, gt: int = 0, lte: int | None = None, newest_first: bool = False
    ) -> Iterator[RecordedEvent]:
        """Archived events of a stream, by version."""
        wanted = LogSelection(stream_id=stream_id)
        for each in self.matching(wanted, newest_first=newest_first):
            if newest_first and each.stream_version <= gt:
                return
            if not newest_first and lte is not None and each.stream_version > lte:
                return
            if each.stream_version > gt and (lte is None or each.stream_version <= lte):
                yield each

    def by_stream(
        self, after: tuple[UUID, int], until: UUID, *, last_seq: int
    ) -> Iterator[RecordedEvent]:
        """Archived events up to a position by stream and version, behind a version of a stream, up
        to the end of another. Holds a piece of each partition at a time.
        """
        parts = [each for each in self._parts if each.first_seq <= last_seq]
        for each in merge(*(self._rows(part, after, until) for part in parts), key=in_streams):
            if each.ledger_seq <= last_seq:
                yield each

    def _rows(self, part: Part, after: tuple[UUID, int], until: UUID) -> Iterator[RecordedEvent]:
        behind = (after[0].bytes, after[1])
        for piece in self._manifest(part).stream_files:
            if piece.last_stream_id.bytes < behind[0] or piece.first_stream_id.bytes > until.bytes:
                continue
            for each in self._at_hand().rows(part.folder, piece):
                if each.stream_id.bytes > until.bytes:
                    return
                if in_streams(each) > behind:
                    yield each

    def last_seq_before(self, moment: datetime) -> int | None:
        """The last position recorded before a moment; None when it is not archived, as known."""
        parts = self._parts
        if not parts or parts[-1].last_recorded_at < moment:
            return None
        found = 0
        for part in parts:
            if part.first_recorded_at >= moment:
                break
            found = part.last_seq
            if part.last_recorded_at >= moment:
                found = self._within(part, moment)
                break
        return found

    def _within(self, part: Part, moment: datetime) -> int:
        found = part.first_seq
        for piece in self._manifest(part).line_files:
            if piece.first_recorded_at >= moment:
                break
            found = piece.last_ledger_seq
            if piece.last_recorded_at >= moment:
                events = self._at_hand().events(part.folder, piece)
                return max(each.ledger_seq for each in events if each.recorded_at < moment)
        return found

    def matching(
        self, selection: LogSelection, *, newest_first: bool = False
    ) -> Iterator[RecordedEvent]:
        """Archived events that match, by position; times are not looked at."""
        known = self._parts
        first = selection.first_seq or 1
        last = self.bound if selection.last_seq is None else selection.last_seq
        if known and selection.stream_id is not None:
            lies = self._where(selection.stream_id)
            first, last = max(first, lies[0]), min(last, lies[1])
        parts = [each for each in known if each.first_seq <= last and first <= each.last_seq]
        for part in reversed(parts) if newest_first else parts:
            for events in self._pieces(part, selection, (first, last), newest_first=newest_first):
                for each in reversed(events) if newest_first else events:
                    if first <= each.ledger_seq <= last and _matches(each, selection):
                        yield each

    def _pieces(
        self, part: Part, selection: LogSelection, span: tuple[int, int], *, newest_first: bool
    ) -> Iterator[Sequence[RecordedEvent]]:
        """The events of each piece that may hold what is asked for, one piece at a time."""
        manifest, shelf = self._manifest(part), self._at_hand()
        if (stream_id := selection.stream_id) is not None:
            held = [each for each in manifest.stream_files if _may_hold(each, stream_id)]
            for piece in reversed(held) if newest_first else held:
                yield shelf.of_stream(part.folder, piece, stream_id)
            return
        wanted = [each for each in manifest.line_files if _may_match(each, selection, span)]
        for lines in reversed(wanted) if newest_first else wanted:
            yield shelf.events(part.folder, lines)

    def _manifest(self, part: Part) -> Manifest:
        def make() -> tuple[Manifest, int]:
            ((text,),) = persistently(
                self._pool,
                lambda session, _: session.execute(MANIFEST, (part.first_seq,)).fetchall(),
            )
            return read_manifest(text), 4 * len(text)

        return self._at_hand().kept(part.manifest_sha256, make)

    def _where(self, stream_id: UUID) -> tuple[int, int]:
        rows = persistently(
            self._pool, lambda session, _: session.execute(STREAM, (stream_id,)).fetchall()
        )
        return rows[0] if rows else (1, 0)

    def _at_hand(self) -> Shelf:
        if self._shelf is None:
            raise ArchiveUnavailable(
                f"Events 1 to {self.bound} lie in an archive that this process was not told of. Set"
                " DYNASTY_ARCHIVE_BUCKET, or DYNASTY_DATA_DIR where it is a directory there."
            )
        return self._shelf


def in_streams(recorded: RecordedEvent) -> tuple[bytes, int]:
    """What events are sorted by when they stand by stream."""
    return recorded.stream_id.bytes, recorded.stream_version


def restless() -> LedgerUnavailable:
    """The refusal of a question that was overtaken too often."""
    return LedgerUnavailable(
        "More and more of the log was archived while it was read. Ask the same again."
    )


def _may_hold(piece: StreamPiece, stream_id: UUID) -> bool:
    return piece.first_stream_id.bytes <= stream_id.bytes <= piece.last_stream_id.bytes


def _may_match(piece: LinesPiece, selection: LogSelection, span: tuple[int, int]) -> bool:
    types, actor, positions = selection.event_types, selection.actor, selection.positions
    first, last = piece.first_ledger_seq, piece.last_ledger_seq
    return (
        first <= span[1]
        and span[0] <= last
        and (positions is None or any(first <= each <= last for each in positions))
        and (types is None or not set(types).isdisjoint(piece.event_types))
        and (actor is None or piece.actors is None or actor in piece.actors)
    )


def _matches(recorded: RecordedEvent, selection: LogSelection) -> bool:
    types, positions = selection.event_types, selection.positions
    return (
        (types is None or recorded.event_type in types)
        and selection.actor in (None, recorded.actor)
        and (positions is None or recorded.ledger_seq in positions)
    )
