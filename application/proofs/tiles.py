"""The tree in tiles of 256 hashes, as C2SP's tlog-tiles lays it out.

A tile of level 0 holds leaves; one of level n holds the roots of 256 full tiles of level n - 1.
Only the last tile of each level is not full, and it only grows. So an append touches one tile of
each level at the most, and a proof reads a handful of them, at any size of the log.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple, TypeAlias

from application.proofs.tree import HASH_BYTES, ROOT_OF_NOTHING, covering, node_hash

BITS: Final = 8
WIDTH: Final = 1 << BITS
TILE_BYTES: Final = WIDTH * HASH_BYTES

Span: TypeAlias = tuple[int, int]
"""Leaves from the first up to, and without, the second."""


class TileId(NamedTuple):
    """The place of a tile: `level` counts in steps of eight levels of the tree."""

    level: int
    number: int


Tiles: TypeAlias = Mapping[TileId, bytes]
Fetch: TypeAlias = Callable[[Iterable[TileId]], Tiles]


class TileMissing(Exception):
    """A tile that the size of the tree asks for is not there, or holds too few hashes."""


def hashes_of(tile: bytes) -> Iterator[bytes]:
    """The hashes of a tile."""
    return (tile[at : at + HASH_BYTES] for at in range(0, len(tile), HASH_BYTES))


def edge_of(size: int) -> Sequence[TileId]:
    """The tiles that are not full in a tree of this size: one of a level at the most."""
    found = []
    level = 0
    while size >> (BITS * level):
        if (size >> (BITS * level)) % WIDTH:
            found.append(TileId(level, size >> (BITS * (level + 1))))
        level += 1
    return found


def grown(size: int, edge: Tiles, leaves: Iterable[bytes]) -> dict[TileId, bytes]:
    """Every tile that is new or grows when these hashes of leaves are appended."""
    open_tiles = {each: bytearray(_of_width(edge, each, size)) for each in edge_of(size)}
    changed: dict[TileId, bytearray] = {}
    for place, leaf in enumerate(leaves, start=size):
        _append(TileId(0, place >> BITS), leaf, open_tiles, changed)
    return {each: bytes(content) for each, content in changed.items()}


def _append(
    at: TileId,
    node: bytes,
    open_tiles: dict[TileId, bytearray],
    changed: dict[TileId, bytearray],
) -> None:
    tile = changed.setdefault(at, open_tiles.get(at) or bytearray())
    tile += node
    if len(tile) == TILE_BYTES:
        above = TileId(at.level + 1, at.number >> BITS)
        _append(above, perfect_root(bytes(tile)), open_tiles, changed)


def perfect_root(tile: bytes) -> bytes:
    """The root over a power of two of hashes."""
    level = list(hashes_of(tile))
    while len(level) > 1:
        level = [node_hash(level[at], level[at + 1]) for at in range(0, len(level), 2)]
    return level[0]


def roots_of(spans: Sequence[Span], fetch: Fetch) -> Sequence[bytes]:
    """The root of each span that begins where a subtree of its size may. Raises TileMissing.

    All tiles are fetched at once.
    """
    nodes = [list(covering(begin, end)) for begin, end in spans]
    tiles = fetch({_place_of(level, index)[0] for each in nodes for level, index in each})
    return [_folded([node_of(tiles, *each) for each in covered]) for covered in nodes]


def root_of(size: int, fetch: Fetch) -> bytes:
    """The root of the tree over the first leaves. Raises TileMissing."""
    return roots_of([(0, size)], fetch)[0]


def node_of(tiles: Tiles, level: int, index: int) -> bytes:
    """One complete subtree's root. Raises TileMissing."""
    at, first, width = _place_of(level, index)
    found = tiles.get(at, b"")[first * HASH_BYTES : (first + width) * HASH_BYTES]
    if len(found) != width * HASH_BYTES:
        raise TileMissing(f"tile {at.number} of level {at.level} holds too few hashes")
    return perfect_root(found)


def tiles_of(nodes: Iterable[tuple[int, int]]) -> set[TileId]:
    """The tiles that hold these subtrees' roots, or the hashes under them."""
    return {_place_of(level, index)[0] for level, index in nodes}


def inclusion_spans(index: int, size: int) -> Sequence[Span]:
    """What an inclusion proof is made of, from the leaf to the root (RFC 6962, 2.1.1)."""
    begin, end = 0, size
    spans: list[Span] = []
    while end - begin > 1:
        middle = begin + _split(end - begin)
        if index < middle:
            spans.append((middle, end))
            end = middle
        else:
            spans.append((begin, middle))
            begin = middle
    return spans[::-1]


def consistency_spans(first: int, second: int) -> Sequence[Span]:
    """What a consistency proof is made of (RFC 6962, 2.1.2)."""
    if first == 0:
        return []
    begin, end, whole = 0, second, True
    spans: list[Span] = []
    while first != end:
        middle = begin + _split(end - begin)
        if first <= middle:
            spans.append((middle, end))
            end = middle
        else:
            spans.append((begin, middle))
            begin, whole = middle, False
    if not whole:
        spans.append((begin, end))
    return spans[::-1]


def _split(leaves: int) -> int:
    """The largest power of two below a number."""
    return 1 << ((leaves - 1).bit_length() - 1)


def _place_of(level: int, index: int) -> tuple[TileId, int, int]:
    tile_level, height = divmod(level, BITS)
    first = index << height
    return TileId(tile_level, first >> BITS), first % WIDTH, 1 << height


def _folded(nodes: Sequence[bytes]) -> bytes:
    if not nodes:
        return ROOT_OF_NOTHING
    root = nodes[-1]
    for left in reversed(nodes[:-1]):
        root = node_hash(left, root)
    return root


def _of_width(tiles: Tiles, at: TileId, size: int) -> bytes:
    """A tile as it was at this size. Raises TileMissing."""
    width = (size >> (BITS * at.level)) % WIDTH
    found = tiles.get(at, b"")[: width * HASH_BYTES]
    if len(found) != width * HASH_BYTES:
        raise TileMissing(f"tile {at.number} of level {at.level} holds fewer hashes than {width}")
    return found
