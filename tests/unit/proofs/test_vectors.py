"""The published test vectors of RFC 6962 hold, and every damage to them is noticed."""

from collections.abc import Iterator, Sequence

import pytest

from application.proofs.tiles import consistency_spans, inclusion_spans, node_of, root_of, roots_of
from application.proofs.tree import (
    ROOT_OF_NOTHING,
    CompactRange,
    NotProved,
    check_consistency,
    check_inclusion,
    leaf_hash,
)
from tests.support.merkle import INPUTS, NODES, ROOTS, tiled

LEAVES = [leaf_hash(each) for each in INPUTS]
TILES = tiled(LEAVES)
SOME = bytes.fromhex("abacaba000000000000000000000000000000000000000000060061e00123456")
ROOT = [bytes.fromhex(each) for each in ROOTS]

# Index of the leaf, size of the tree, and the proof: each hash by level and index of its node.
INCLUSIONS = [
    (0, 8, [(0, 1), (1, 1), (2, 1)]),
    (5, 8, [(0, 4), (1, 3), (2, 0)]),
    (2, 3, [(1, 0)]),
    (1, 5, [(0, 0), (1, 1), (0, 4)]),
    (0, 1, []),
]
CONSISTENCIES = [
    (1, 1, []),
    (1, 8, [(0, 1), (1, 1), (2, 1)]),
    (6, 8, [(1, 2), (1, 3), (2, 0)]),
    (2, 5, [(1, 1), (0, 4)]),
    (6, 7, [(1, 2), (0, 6), (2, 0)]),
]


def published(nodes: Sequence[tuple[int, int]]) -> list[bytes]:
    return [bytes.fromhex(NODES[level][index]) for level, index in nodes]


def test_leaves_and_nodes_have_the_published_hashes() -> None:
    found = [
        [node_of(TILES, level, index).hex() for index in range(len(row))]
        for level, row in enumerate(NODES)
    ]
    assert found == NODES


@pytest.mark.parametrize("size", range(9))
def test_a_tree_has_the_published_root(size: int) -> None:
    compact = CompactRange()
    for each in LEAVES[:size]:
        compact.push(each)
    assert compact.root().hex() == root_of(size, lambda _: TILES).hex() == ROOTS[size]


@pytest.mark.parametrize(("index", "size", "nodes"), INCLUSIONS)
def test_an_inclusion_proof_is_the_published_one(
    index: int, size: int, nodes: Sequence[tuple[int, int]]
) -> None:
    proof = published(nodes)
    assert roots_of(inclusion_spans(index, size), lambda _: TILES) == proof
    check_inclusion(LEAVES[index], index, size, proof, ROOT[size])


@pytest.mark.parametrize(("first", "second", "nodes"), CONSISTENCIES)
def test_a_consistency_proof_is_the_published_one(
    first: int, second: int, nodes: Sequence[tuple[int, int]]
) -> None:
    proof = published(nodes)
    assert roots_of(consistency_spans(first, second), lambda _: TILES) == proof
    check_consistency(first, second, proof, ROOT[first], ROOT[second])


def damaged(proof: list[bytes], root: bytes) -> Iterator[list[bytes]]:
    """What must not pass in the place of a proof."""
    for extra in (b"", root, SOME):
        yield [*proof, extra]
        yield [extra, *proof]
    for place, each in enumerate(proof):
        yield [*proof[:place], bytes([each[0] ^ 8]) + each[1:], *proof[place + 1 :]]
    if proof:
        yield proof[:-1]
        yield proof[1:]


@pytest.mark.parametrize(("index", "size", "nodes"), INCLUSIONS)
def test_a_damaged_inclusion_proof_is_refused(
    index: int, size: int, nodes: Sequence[tuple[int, int]]
) -> None:
    proof, leaf, root = published(nodes), LEAVES[index], ROOT[size]
    for wrong in damaged(proof, root):
        with pytest.raises(NotProved):
            check_inclusion(leaf, index, size, wrong, root)
    for other in {index - 1, index + 1, index ^ 2} - {index}:
        with pytest.raises(NotProved):
            check_inclusion(leaf, other, size, proof, root)
    for wrong_leaf, wrong_root in ((SOME, root), (b"", root), (leaf, SOME), (leaf, b"")):
        with pytest.raises(NotProved):
            check_inclusion(wrong_leaf, index, size, proof, wrong_root)
    for other in (size * 2, size // 2):
        with pytest.raises(NotProved):
            check_inclusion(leaf, index, other, proof, root)


@pytest.mark.parametrize(("first", "second", "nodes"), CONSISTENCIES)
def test_a_damaged_consistency_proof_is_refused(
    first: int, second: int, nodes: Sequence[tuple[int, int]]
) -> None:
    proof, roots = published(nodes), (ROOT[first], ROOT[second])
    for wrong in damaged(proof, roots[1]):
        with pytest.raises(NotProved):
            check_consistency(first, second, wrong, *roots)
    for other in {first - 1, first + 1, first ^ 2} - {first}:
        with pytest.raises(NotProved):
            check_consistency(other, second, proof, *roots)
    for one, two in ((SOME, roots[1]), (roots[0], SOME)):
        with pytest.raises(NotProved):
            check_consistency(first, second, proof, one, two)


@pytest.mark.parametrize(
    ("first", "second", "proof", "roots"),
    [
        (1, 0, [], (SOME, SOME)),
        (2, 1, [], (SOME, SOME)),
        (1, 2, [], (SOME, SOME)),
        (0, 0, [], (ROOT_OF_NOTHING, SOME)),
        (1, 1, [], (ROOT_OF_NOTHING, SOME)),
        (0, 1, [SOME], (ROOT_OF_NOTHING, ROOT_OF_NOTHING)),
        (1, 1, [SOME], (ROOT_OF_NOTHING, ROOT_OF_NOTHING)),
        (-1, 1, [], (SOME, SOME)),
    ],
)
def test_no_proof_leads_backwards_or_from_another_root(
    first: int, second: int, proof: list[bytes], roots: tuple[bytes, bytes]
) -> None:
    if (first, second) == (0, 0):
        roots = (SOME, ROOT_OF_NOTHING)
    with pytest.raises(NotProved):
        check_consistency(first, second, proof, *roots)


def test_nothing_is_a_beginning_of_everything() -> None:
    check_consistency(0, 0, [], ROOT_OF_NOTHING, ROOT_OF_NOTHING)
    check_consistency(0, 8, [], ROOT_OF_NOTHING, ROOT[8])
