"""Laws of the verification: what is changed is named, and nothing else is."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from application.log import RecordedEvent
from application.proofs.checking import Evidence, verify_log
from application.proofs.findings import Verification
from tests.support.evidence import KEY, MemoryCheckpoints, MemoryTree
from tests.unit.exports.memory import MemoryLog, recorded

MOST = 300
LOG = MemoryLog.of(MOST)
sizes = st.integers(1, MOST)


def verified(
    tree: MemoryTree, rows: Sequence[RecordedEvent], checkpoints: Sequence[int] = ()
) -> Verification:
    kept = MemoryCheckpoints.of(tree, checkpoints)
    return verify_log(MemoryLog(rows), tree, kept, Evidence(keys=[KEY]))


def named(found: Verification) -> list[tuple[str, int | None]]:
    return [(each.kind, each.ledger_seq) for each in found.findings]


def renumbered(rows: Sequence[RecordedEvent], begin: int = 1) -> list[RecordedEvent]:
    return [each._replace(ledger_seq=seq) for seq, each in enumerate(rows, begin)]


@given(size=sizes, more=st.integers(0, 5), checkpoints=st.sets(sizes, max_size=6))
def test_nothing_is_found_where_nothing_was_changed(
    size: int, more: int, checkpoints: set[int]
) -> None:
    tree = MemoryTree.over(MemoryLog.of(size))
    found = verified(tree, MemoryLog.of(size + more).events, [s for s in checkpoints if s <= size])
    assert (found.findings, found.unsealed, found.tree_size) == ((), more, size)


@given(size=sizes, chosen=st.sets(sizes, min_size=1, max_size=6))
def test_every_altered_row_is_named_and_no_other(size: int, chosen: set[int]) -> None:
    tree = MemoryTree.over(MemoryLog.of(size))
    rows = [
        each._replace(actor="mallory") if each.ledger_seq in chosen else each
        for each in MemoryLog.of(size).events
    ]
    expected = [("altered", seq) for seq in sorted(chosen) if seq <= size]
    assert named(verified(tree, rows)) == expected


@given(size=st.integers(2, MOST), chosen=st.sets(sizes, min_size=1, max_size=6))
def test_every_removed_row_is_named_and_no_other(size: int, chosen: set[int]) -> None:
    tree = MemoryTree.over(MemoryLog.of(size))
    # The last one stays, since the head of a log in memory is its last event.
    gone = {seq for seq in chosen if seq < size}
    rows = [each for each in MemoryLog.of(size).events if each.ledger_seq not in gone]
    assert named(verified(tree, rows)) == [("removed", seq) for seq in sorted(gone)]


@given(size=st.integers(3, MOST), at=sizes, count=st.integers(1, 8))
def test_rows_taken_out_are_named_though_the_rest_was_renumbered(
    size: int, at: int, count: int
) -> None:
    tree = MemoryTree.over(MemoryLog.of(size))
    first = min(at, size - 1)
    gone = range(first, min(first + count, size))
    rows = [each for each in MemoryLog.of(size).events if each.ledger_seq not in gone]
    assert named(verified(tree, renumbered(rows))) == [("removed", seq) for seq in gone]


@given(size=sizes, at=sizes, count=st.integers(1, 8))
def test_rows_put_in_are_named_though_the_rest_was_renumbered(
    size: int, at: int, count: int
) -> None:
    tree = MemoryTree.over(MemoryLog.of(size))
    place = min(at, size) - 1
    rows = list(MemoryLog.of(size).events)
    rows[place:place] = [recorded(MOST + 10 + each) for each in range(count)]
    found = verified(tree, renumbered(rows))
    assert named(found) == [("inserted", place + 1 + each) for each in range(count)]
    assert found.unsealed == 0


@given(size=st.integers(1, 40), rows=st.lists(st.integers(1, 40), max_size=40))
def test_whatever_stands_there_instead_is_noticed(size: int, rows: list[int]) -> None:
    sealed = MemoryLog.of(size)
    tree = MemoryTree.over(sealed)
    other = renumbered([recorded(each) for each in rows])
    found = verified(tree, other)
    assert (found.finding_count > 0) == (other[:size] != sealed.events)


@given(
    size=st.integers(2, MOST),
    seq=sizes,
    checkpoints=st.sets(sizes, min_size=1, max_size=8),
)
def test_a_history_written_anew_is_found_between_two_checkpoints(
    size: int, seq: int, checkpoints: set[int]
) -> None:
    before = MemoryTree.over(MemoryLog.of(size))
    kept = sorted(each for each in checkpoints if each <= size)
    rows = [
        each._replace(actor="mallory") if each.ledger_seq == seq else each
        for each in MemoryLog.of(size).events
    ]
    after = MemoryTree.over(MemoryLog(rows))
    signed_before = MemoryCheckpoints.of(before, kept)
    found = verify_log(MemoryLog(rows), after, signed_before, Evidence(keys=[KEY]))
    agreed = [each for each in kept if each < seq or seq > size]
    differs = [each for each in kept if each >= seq and seq <= size]
    assert found.agreed_size == (max(agreed) if agreed else None)
    assert found.differs_size == (min(differs) if differs else None)
    assert found.finding_count == bool(differs)
