"""What must be true after whatever happened. Each law raises AssertionError with what is wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Final
from uuid import UUID

from projections.read_models import READ_MODELS
from tests.faults.checking import Aftermath, as_told, receipt_in


def no_position_is_left_out(aftermath: Aftermath) -> None:
    """`ledger_seq` is 1, 2, 3 and so on up to the head, and each partition has its own."""
    positions = [each["ledger_seq"] for each in aftermath.events]
    assert positions == list(range(1, len(positions) + 1))
    head = aftermath.rows("SELECT last_seq, room_until FROM ledger.head")[0]
    assert head["last_seq"] == len(positions) <= head["room_until"]


def no_event_is_doubled(aftermath: Aftermath) -> None:
    """Ids, versions of a stream and the sources' own identifiers are there once."""
    events = aftermath.events
    assert len({each["event_id"] for each in events}) == len(events)
    trades = aftermath.rows(
        "SELECT stream_id, payload::json ->> 'trade_id' AS trade FROM ledger.events"
        " WHERE event_type = 'account.trade_recorded'"
    )
    assert len({(each["stream_id"], each["trade"]) for each in trades}) == len(trades)
    kept = aftermath.rows("SELECT stream_id, ledger_seq FROM ledger.natural_keys")
    keyed = {each["ledger_seq"]: each["stream_id"] for each in kept}
    assert len(keyed) == len(kept) == len(trades)
    for each in aftermath.events:
        if each["ledger_seq"] in keyed:
            assert keyed[each["ledger_seq"]] == each["stream_id"]


def no_stream_has_a_hole(aftermath: Aftermath) -> None:
    """Versions count from 1 along the log, and a stream's row says where it begins and ends."""
    versions: dict[UUID, list[int]] = {}
    positions: dict[UUID, list[int]] = {}
    for each in aftermath.events:
        versions.setdefault(each["stream_id"], []).append(each["stream_version"])
        positions.setdefault(each["stream_id"], []).append(each["ledger_seq"])
    for stream, found in versions.items():
        assert found == list(range(1, len(found) + 1)), stream
    rows = aftermath.rows("SELECT stream_id, version, first_seq, last_seq FROM ledger.streams")
    assert {
        each["stream_id"]: (each["version"], each["first_seq"], each["last_seq"]) for each in rows
    } == {
        stream: (len(found), found[0], found[-1]) for stream, found in positions.items()
    }  # fmt: skip


def time_never_runs_backwards(aftermath: Aftermath) -> None:
    """The log's own clock does not fall along the log."""
    moments = [each["recorded_at"] for each in aftermath.events]
    assert moments == sorted(moments)


def every_append_is_whole(aftermath: Aftermath) -> None:
    """The events of a command stand together, once, and end where its receipt says."""
    appended = [
        (key, list(events))
        for key, events in groupby(aftermath.events, lambda each: str(each["request_id"]))
    ]
    assert len({key for key, _ in appended}) == len(appended)
    assert {key for key, _ in appended} == {each.key for each in aftermath.stored}
    worth = {each.key: set(each.worth) for each in aftermath.stored}
    for key, events in appended:
        assert aftermath.keys[key]["position"] == events[-1]["ledger_seq"], key
        assert {each["stream_id"] for each in events} == worth[key], key


def every_acknowledged_append_is_present(aftermath: Aftermath) -> None:
    """With the very receipt that its caller was told; and what was refused is not there."""
    for told in aftermath.commands:
        acknowledged = aftermath.noted.acknowledged.get(told.number)
        if acknowledged is None:
            continue
        kept = receipt_in(aftermath.keys, told)
        if acknowledged.refused is None:
            assert kept == as_told(acknowledged), told.key
        else:
            assert kept is None, (told.key, acknowledged)


def every_other_append_is_decided_by_its_key(aftermath: Aftermath) -> None:
    """Sent again it is answered as it was kept, or done now; and sent once more, the same."""
    for number, decided in aftermath.decided.items():
        first, second = decided.answers
        if isinstance(first, str):
            assert decided.kept is None, number
            assert second == first, number
            continue
        assert not isinstance(second, str), number
        assert second.replayed, number
        assert first.replayed == (decided.kept is not None), number
        for each in (second, decided.kept or first):
            assert (each.version, each.position) == (first.version, first.position), number


def nothing_is_won_or_lost(aftermath: Aftermath) -> None:
    """Each balance is the sum of what was stored, in the aggregates as in the read model."""
    wanted: Counter[UUID] = Counter()
    for told in aftermath.stored:
        wanted.update(told.worth)
    assert aftermath.balances == dict(wanted)
    assert aftermath.read_balances == dict(wanted)


def read_models_equal_a_rebuild(aftermath: Aftermath) -> None:
    """All of them, at the head of the log, and no account is parked."""
    assert not aftermath.differences
    assert aftermath.compared >= len(READ_MODELS)
    head = len(aftermath.events)
    assert aftermath.rows("SELECT DISTINCT position FROM read.positions") == [{"position": head}]
    assert aftermath.rows("SELECT * FROM work.dead_letters") == []


def the_tree_holds_every_event(aftermath: Aftermath) -> None:
    """The log verifies against the tree over it, and the tree against its signed checkpoints."""
    verified = aftermath.verified
    assert verified.status == 0, verified.document
    said = verified.document
    assert (said["sound"], said["signatures_checked"], said["unsealed"]) == (True, True, 0), said
    assert said["tree_size"] == len(aftermath.events), said


def every_order_is_kept_once_and_has_arrived(aftermath: Aftermath) -> None:
    """What the events ask of the platform, each under a key of its own; sent again it is the same
    order, and nothing else was ever sent.
    """
    wanted = aftermath.orders
    assert set(wanted.values()) <= {1}
    kept = aftermath.rows("SELECT policy || ':' || event_id AS key, status FROM work.effects")
    assert Counter(each["key"] for each in kept) == wanted
    assert {each["status"] for each in kept} <= {"sent"}
    received = aftermath.world.platform.orders
    assert received.keys() == wanted.keys()
    assert not [key for key, asked in received.items() if len(asked) > 1]


LAWS: Final[Sequence[Callable[[Aftermath], None]]] = (
    no_position_is_left_out,
    no_event_is_doubled,
    no_stream_has_a_hole,
    time_never_runs_backwards,
    every_append_is_whole,
    every_acknowledged_append_is_present,
    every_other_append_is_decided_by_its_key,
    nothing_is_won_or_lost,
    read_models_equal_a_rebuild,
    the_tree_holds_every_event,
    every_order_is_kept_once_and_has_arrived,
)
