"""Laws of the tree: tiles and proofs are what the recursions of RFC 6962 say, at any size."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from application.proofs.tiles import (
    TileId,
    TileMissing,
    consistency_spans,
    edge_of,
    grown,
    inclusion_spans,
    root_of,
    roots_of,
    tiles_of,
)
from application.proofs.tree import (
    CompactRange,
    LinesProof,
    NotProved,
    check_consistency,
    check_inclusion,
    covering,
    leaf_hash,
)
from tests.support.merkle import consistency, numbered, path, root, tiled

MOST = 1500
LEAVES = numbered(MOST)
TILES = tiled(LEAVES)
sizes = st.integers(1, MOST) | st.sampled_from([1, 2, 255, 256, 257, 511, 512, 513, 1024])


@given(size=sizes)
def test_the_root_out_of_tiles_is_that_of_the_recursion(size: int) -> None:
    assert root_of(size, lambda _: TILES) == root(LEAVES[:size])


@given(data=st.data(), size=sizes)
def test_every_inclusion_proof_is_right_and_any_flipped_bit_is_wrong(
    data: st.DataObject, size: int
) -> None:
    index = data.draw(st.integers(0, size - 1))
    proof = list(roots_of(inclusion_spans(index, size), lambda _: TILES))
    top = root(LEAVES[:size])
    assert proof == path(index, LEAVES[:size])
    check_inclusion(LEAVES[index], index, size, proof, top)
    parts = [LEAVES[index], top, *proof]
    place = data.draw(st.integers(0, len(parts) - 1))
    bit = data.draw(st.integers(0, 255))
    parts[place] = (int.from_bytes(parts[place]) ^ (1 << bit)).to_bytes(32)
    with pytest.raises(NotProved):
        check_inclusion(parts[0], index, size, parts[2:], parts[1])


@given(data=st.data(), second=sizes)
def test_any_two_sizes_are_consistent_and_any_flipped_bit_is_wrong(
    data: st.DataObject, second: int
) -> None:
    first = data.draw(st.integers(1, second))
    proof = list(roots_of(consistency_spans(first, second), lambda _: TILES))
    assert proof == consistency(first, LEAVES[:second])
    tops = [root(LEAVES[:first]), root(LEAVES[:second])]
    check_consistency(first, second, proof, *tops)
    parts = [*tops, *proof]
    place = data.draw(st.integers(0, len(parts) - 1))
    parts[place] = bytes([parts[place][0] ^ 1]) + parts[place][1:]
    with pytest.raises(NotProved):
        check_consistency(first, second, parts[2:], parts[0], parts[1])


@given(cuts=st.lists(st.integers(0, MOST), max_size=12), size=sizes)
def test_tiles_are_the_same_however_the_appends_are_cut(cuts: list[int], size: int) -> None:
    tiles: dict[TileId, bytes] = {}
    for begin, end in pairwise(sorted({0, size, *(each for each in cuts if each < size)})):
        edge = {each: tiles[each] for each in edge_of(begin)}
        new = grown(begin, edge, LEAVES[begin:end])
        assert all(new[each].startswith(tiles.get(each, b"")) for each in new)
        tiles |= new
    assert tiles == tiled(LEAVES[:size])


@given(size=st.integers(0, 2**40))
def test_an_append_needs_one_tile_of_a_level(size: int) -> None:
    assert len(edge_of(size)) <= 6
    assert all(tile in edge_of(size) for tile in tiles_of(covering(0, size)))


@given(data=st.data(), size=st.integers(1, 10**7))
def test_a_proof_reads_a_handful_of_tiles(data: st.DataObject, size: int) -> None:
    index = data.draw(st.integers(0, size - 1))
    nodes = [each for span in inclusion_spans(index, size) for each in covering(*span)]
    assert len(tiles_of(nodes)) <= 6


@given(begin=st.integers(0, 5000), more=st.integers(0, 5000))
def test_subtrees_cover_a_range_once_and_in_order(begin: int, more: int) -> None:
    at = begin
    for level, index in covering(begin, begin + more):
        assert index << level == at
        at += 1 << level
    assert at == begin + more


@given(size=sizes, chosen=st.sets(st.integers(1, MOST), max_size=40))
def test_lines_and_the_hashes_between_them_lead_to_the_root(size: int, chosen: set[int]) -> None:
    seqs = sorted(each for each in chosen if each <= size)
    lines = {seq: str(seq - 1).encode() for seq in seqs}
    marks = [0, *seqs]
    gaps = [*pairwise([*marks, size + 1])]
    nodes = [
        roots_of([(i << level, (i + 1) << level)], lambda _: TILES)[0]
        for before, after in gaps
        for level, i in covering(before, after - 1)
    ]
    assert proved(lines, nodes, size) == root(LEAVES[:size])
    if nodes:
        with pytest.raises(NotProved):
            proved(lines, nodes[:-1], size)
    with pytest.raises(NotProved):
        proved(lines, [*nodes, LEAVES[0]], size)
    for seq in seqs[:1]:
        assert proved({**lines, seq: b"other"}, nodes, size) != root(LEAVES[:size])


def proved(lines: dict[int, bytes], nodes: list[bytes], size: int) -> bytes:
    proof = LinesProof(iter(nodes), size)
    for seq, line in sorted(lines.items()):
        proof.add(seq, line)
    return proof.root()


def test_lines_out_of_order_are_refused() -> None:
    proof = LinesProof(iter(()), 3)
    proof.add(1, b"0")
    with pytest.raises(NotProved):
        proof.add(1, b"0")


def test_lines_behind_the_tree_are_counted_and_not_proved() -> None:
    proof = LinesProof(iter(()), 1)
    proof.add(1, b"0")
    proof.add(2, b"1")
    assert (proof.covered, proof.beyond) == (1, 1)
    assert proof.root() == leaf_hash(b"0")


def test_a_tile_that_is_too_narrow_is_noticed() -> None:
    with pytest.raises(TileMissing):
        root_of(MOST, lambda _: {**TILES, TileId(0, 5): b""})
    with pytest.raises(TileMissing):
        grown(3, {}, LEAVES[3:4])


def test_a_compact_range_takes_subtrees_where_they_can_begin() -> None:
    compact = CompactRange()
    compact.push(LEAVES[0])
    with pytest.raises(AssertionError):
        compact.push(LEAVES[1], level=1)
