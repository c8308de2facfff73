"""The tree and its checkpoints in PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final, LiteralString

from psycopg.rows import TupleRow
from typing_extensions import override

from application.proofs.ports import (
    Checkpoints,
    GrowingTree,
    KeptCheckpoint,
    KeptCheckpoints,
    Tree,
    TreeHead,
)
from application.proofs.tiles import TileId, Tiles
from infrastructure.postgres.persistence import Session, persistently
from infrastructure.postgres.pools import Pool

_HEAD: Final = "SELECT size, root FROM ledger.tree"
_TILES: Final = """
SELECT t.level, t.index, t.hashes
FROM unnest(%s::smallint[], %s::bigint[]) AS wanted(level, index)
JOIN ledger.tiles AS t ON t.level = wanted.level AND t.index = wanted.index
"""
_GROW: Final = "UPDATE ledger.tree SET size = %s, root = %s WHERE size = %s"
_PUT: Final = """
INSERT INTO ledger.tiles (level, index, hashes)
SELECT * FROM unnest(%s::smallint[], %s::bigint[], %s::bytea[])
ON CONFLICT ON CONSTRAINT tiles_pkey DO UPDATE SET hashes = EXCLUDED.hashes
"""
_CHECKPOINTS: Final = "SELECT size, root, note, signed_at, place FROM ledger.checkpoints"
_KEEP: Final = """
INSERT INTO ledger.checkpoints (size, root, note) VALUES (%s, %s, %s)
ON CONFLICT ON CONSTRAINT checkpoints_pkey DO NOTHING
"""
_DELIVERED: Final = "UPDATE ledger.checkpoints SET place = %s WHERE size = %s AND place IS NULL"


class PostgresTree(Tree):
    """The `Tree` port, as `dynasty_reader` or `dynasty_keeper`. Refuses with LedgerUnavailable."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    @override
    def head(self) -> TreeHead:
        ((size, root),) = self._rows(_HEAD)
        return TreeHead(size, bytes(root))

    @override
    def tiles(self, wanted: Iterable[TileId]) -> Tiles:
        asked = sorted(set(wanted))
        if not asked:
            return {}
        rows = self._rows(_TILES, [at.level for at in asked], [at.number for at in asked])
        return {TileId(level, index): bytes(hashes) for level, index, hashes in rows}

    def _rows(self, query: LiteralString, *values: object) -> Sequence[TupleRow]:
        return persistently(
            self._pool,
            lambda session, _: session.execute(query, values, binary=True).fetchall(),
        )


class PostgresGrowingTree(PostgresTree, GrowingTree):
    """The `GrowingTree` port, as `dynasty_keeper`."""

    @override
    def grow(self, *, at: int, tiles: Tiles, head: TreeHead) -> bool:
        """The row of the head is the fence: it is changed first, and holds others up until the end.

        Cut off in between, the whole is undone. Asked again after that, it does nothing if it was
        done before.
        """

        def attempt(session: Session, _: object) -> bool:
            with session.transaction():
                moved = session.execute(_GROW, (head.size, head.root, at)).rowcount == 1
                if moved:
                    session.execute(_PUT, _columns(tiles))
                return moved

        return persistently(self._pool, attempt)


class PostgresCheckpoints(Checkpoints):
    """The `Checkpoints` port."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    @override
    def newest(self) -> KeptCheckpoint | None:
        found = self._found("ORDER BY size DESC LIMIT 1")
        return found[0] if found else None

    @override
    def after(self, size: int, *, limit: int) -> Sequence[KeptCheckpoint]:
        return self._found("WHERE size > %s ORDER BY size LIMIT %s", size, limit)

    def _found(self, rest: LiteralString, *values: object) -> Sequence[KeptCheckpoint]:
        rows = persistently(
            self._pool,
            lambda session, _: session.execute(f"{_CHECKPOINTS} {rest}", values).fetchall(),
        )
        return [_checkpoint(row) for row in rows]


class PostgresKeptCheckpoints(PostgresCheckpoints, KeptCheckpoints):
    """The `KeptCheckpoints` port, as `dynasty_keeper`."""

    @override
    def keep(self, *, size: int, root: bytes, note: str) -> bool:
        return self._changed(_KEEP, size, root, note) == 1

    @override
    def undelivered(self, *, limit: int) -> Sequence[KeptCheckpoint]:
        return self._found("WHERE place IS NULL ORDER BY size LIMIT %s", limit)

    @override
    def delivered(self, size: int, *, place: str) -> None:
        self._changed(_DELIVERED, place, size)

    def _changed(self, statement: LiteralString, *values: object) -> int:
        return persistently(
            self._pool, lambda session, _: session.execute(statement, values).rowcount
        )


def _columns(tiles: Tiles) -> tuple[list[Any], list[Any], list[Any]]:
    places = sorted(tiles)
    levels, indices = [at.level for at in places], [at.number for at in places]
    return levels, indices, [tiles[at] for at in places]


def _checkpoint(row: TupleRow) -> KeptCheckpoint:
    size, root, note, signed_at, place = row
    return KeptCheckpoint(size=size, root=bytes(root), note=note, signed_at=signed_at, place=place)
