"""The stream of marks on Redis: a stream for each partition, one consumer group for all.

Nothing newer than Redis 6.2 is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, Final, TypeAlias

import redis
from typing_extensions import override

from application.marks.errors import MarksUnavailable
from application.marks.mark import Delivery, micros
from application.marks.ports import Entry, MarkStream
from infrastructure.marks.connecting import answering
from infrastructure.marks.wire import decode_marks

GROUP: Final = "rules-engine"
PREFIX: Final = "marks:"
ENTRIES_PER_READ: Final = 20
RECENT_ENTRIES_MAX: Final = 64
CLAIM_BATCH: Final = 100
_FIRST: Final = "0-0"

_Raw: TypeAlias = tuple[bytes | None, dict[bytes, bytes] | None]


class RedisMarks(MarkStream):
    """The partitions as the consumer `name` reads them. `keep` is how long judged marks stay."""

    def __init__(
        self, client: redis.Redis, *, name: str, keep: timedelta, now: Callable[[], datetime]
    ) -> None:
        self._client: Any = client
        self._name, self._keep, self._now = name, keep, now
        self._grouped: set[int] = set()

    @override
    def read(self, partitions: Sequence[int], *, wait_ms: int) -> Sequence[Entry]:
        with self._asking():
            self._group(partitions)
            streams = {stream_of(each): ">" for each in partitions}
            found = self._client.xreadgroup(
                GROUP, self._name, streams, count=ENTRIES_PER_READ, block=max(1, wait_ms)
            )
        return [
            entry
            for stream, entries in found or ()
            for entry in _entries(_partition_of(stream), entries)
        ]

    @override
    def claim(self, partition: int) -> Sequence[Entry]:
        claimed: list[Entry] = []
        with self._asking():
            self._group([partition])
            start: str | bytes = _FIRST
            while True:
                start, entries, *_ = self._client.xautoclaim(
                    stream_of(partition), GROUP, self._name, 0, start, count=CLAIM_BATCH
                )
                claimed += _entries(partition, entries, Delivery.AGAIN)
                if start in (_FIRST, _FIRST.encode()):
                    return claimed

    @override
    def strays(self, partition: int, *, but: Collection[str], limit: int) -> Sequence[Entry]:
        stream, strays = stream_of(partition), list[bytes]()
        with self._asking():
            self._group([partition])
            for each in self._client.xpending(stream, GROUP)["consumers"]:
                if each["name"] == self._name.encode() or len(strays) >= limit:
                    continue
                found = self._client.xpending_range(
                    stream,
                    GROUP,
                    min="-",
                    max="+",
                    count=limit + len(but),
                    consumername=each["name"],
                )
                ids = [pending["message_id"] for pending in found]
                strays += [id for id in ids if id.decode() not in but]
            if not strays:
                return ()
            raw = self._client.xclaim(stream, GROUP, self._name, 0, strays[:limit])
        return list(_entries(partition, raw, Delivery.STRAY))

    @override
    def recent(self, partition: int, *, since: int) -> Iterable[Entry]:
        stream = stream_of(partition)
        with self._asking():
            self._group([partition])
            (group,) = [
                each for each in self._client.xinfo_groups(stream) if each["name"] == GROUP.encode()
            ]
            found = self._client.xrevrange(
                stream,
                max=group["last-delivered-id"],
                min=str(since // 1_000),
                count=RECENT_ENTRIES_MAX,
            )
        return list(_entries(partition, reversed(found)))

    @override
    def acknowledge(self, entries: Sequence[Entry]) -> None:
        if not entries:
            return
        with self._asking(), self._client.pipeline(transaction=False) as pipeline:
            ids: dict[int, list[str]] = {}
            for each in entries:
                ids.setdefault(each.partition, []).append(each.id)
            for partition, each_ids in ids.items():
                pipeline.xack(stream_of(partition), GROUP, *each_ids)
            pipeline.execute()

    @override
    def trim(self, partition: int) -> None:
        """By the oldest id to be kept, never by length: what is not acknowledged stays."""
        stream = stream_of(partition)
        with self._asking():
            pending = self._client.xpending(stream, GROUP)
            (group,) = [
                each for each in self._client.xinfo_groups(stream) if each["name"] == GROUP.encode()
            ]
            old = f"{micros(self._now() - self._keep) // 1_000}-0"
            bounds = [old, _text(group["last-delivered-id"])]
            if pending["pending"]:
                bounds.append(_text(pending["min"]))
            self._client.xtrim(stream, minid=min(bounds, key=_order), approximate=True)

    def backlog(self, partition: int) -> tuple[int, int, int]:
        """Entries on the stream, of those the ones read and not judged, and by how many
        milliseconds the newest is ahead of the last one read.
        """
        stream = stream_of(partition)
        with self._asking():
            self._group([partition])
            pending = self._client.xpending(stream, GROUP)["pending"]
            (group,) = [
                each for each in self._client.xinfo_groups(stream) if each["name"] == GROUP.encode()
            ]
            about = self._client.xinfo_stream(stream)
        newest = _order(_text(about["last-generated-id"]))[0]
        read = _order(_text(group["last-delivered-id"]))[0]
        # Before the first entry is read, the whole stream is ahead.
        behind = newest - (read or _first(about))
        return about["length"], pending, max(0, behind)

    def _group(self, partitions: Iterable[int]) -> None:
        for each in set(partitions) - self._grouped:
            try:
                self._client.xgroup_create(stream_of(each), GROUP, id="0", mkstream=True)
            except redis.ResponseError as refusal:
                if not str(refusal).startswith("BUSYGROUP"):
                    raise
            self._grouped.add(each)

    @contextmanager
    def _asking(self) -> Iterator[None]:
        """After a fault the groups are looked for again: Redis may have lost all that it held."""
        try:
            with answering():
                yield
        except MarksUnavailable:
            self._grouped.clear()
            raise


def stream_of(partition: int) -> str:
    """The key of a partition's stream."""
    return f"{PREFIX}{partition}"


def _partition_of(stream: bytes) -> int:
    return int(stream.removeprefix(PREFIX.encode()))


def _entries(
    partition: int, raw: Iterable[_Raw], delivery: Delivery = Delivery.FIRST
) -> Iterator[Entry]:
    for id, fields in raw:
        if id is None or fields is None:
            # Deleted by hand while it was pending: Redis 6.2 still lists it.
            continue
        text = id.decode()
        marks, malformed = decode_marks(fields)
        yield Entry(
            partition=partition,
            id=text,
            arrived_at=int(text.partition("-")[0]) * 1_000,
            marks=marks,
            malformed=malformed,
            delivery=delivery,
        )


def _text(id: str | bytes) -> str:
    return id.decode() if isinstance(id, bytes) else id


def _first(about: dict[str, Any]) -> int:
    entry = about["first-entry"]
    return _order(_text(entry[0]))[0] if entry else _order(_text(about["last-generated-id"]))[0]


def _order(id: str) -> tuple[int, int]:
    milliseconds, _, sequence = id.partition("-")
    return int(milliseconds), int(sequence or 0)
