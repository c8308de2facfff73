"""Read your own writes: wait until the read models hold a position, or say that they do not.

Ask outside a transaction. A reader then takes its rows; they are at least that new. Replicas lag
each in its own way, so position and rows must come from one server.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import monotonic, sleep
from typing import Any, Final, TypeAlias

from psycopg import Connection
from psycopg.errors import UndefinedTable
from psycopg.rows import TupleRow
from psycopg_pool import ConnectionPool

from projections.errors import ReadModelsMissing
from projections.lanes import LANES

Source: TypeAlias = ConnectionPool[Connection[TupleRow]] | Connection[Any]

LEAST: Final = "SELECT min(position), count(*) FROM read.positions WHERE projection = ANY(%s)"


@dataclass(frozen=True, slots=True)
class PositionGate:
    """Asks how far the read models are, until far enough or out of time."""

    position: Callable[[], int]
    every_seconds: float = 0.005

    def reached(self, wanted: int, *, within_seconds: float) -> bool:
        """True once the read models hold the position `wanted`; false if they did not in time."""
        give_up_at = monotonic() + within_seconds
        while self.position() < wanted:
            if monotonic() >= give_up_at:
                return False
            sleep(self.every_seconds)
        return True


def wait_until(
    source: Source, *, projections: Sequence[str], position: int, within_seconds: float
) -> bool:
    """Whether all named read models hold the position, waited for at most `within_seconds`.

    A pool lends a connection for each look, so that those who wait do not keep it from others.
    Refuses with ReadModelsMissing.
    """
    gate = PositionGate(lambda: least_position(source, projections))
    return gate.reached(position, within_seconds=within_seconds)


def least_position(source: Source, projections: Sequence[str]) -> int:
    """The position that all named read models hold in all lanes. Refuses with ReadModelsMissing."""
    if isinstance(source, ConnectionPool):
        with source.connection() as connection:
            return least_position(connection, projections)
    try:
        row = source.execute(LEAST, (list(projections),)).fetchone()
    except UndefinedTable:
        row = None
    if row is None or row[1] != len(set(projections)) * LANES:
        raise ReadModelsMissing(
            f"The database does not have all of {', '.join(projections)}. Run `dynasty migrate`."
        )
    return int(row[0])
