"""How far each read model is in each lane.

A position moves only from where its mover believes it to be, under the epoch by which the mover
holds the lane.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from psycopg import Connection, Cursor
from psycopg.errors import LockNotAvailable
from psycopg.sql import SQL, Identifier

from application.watching.wording import named
from domain.errors import DomainError
from projections.lanes import ALL_LANES
from projections.search_path import LIVE

ADVANCE: Final = """
UPDATE positions AS p SET position = %s, updated_at = clock_timestamp()
FROM unnest(%s::smallint[], %s::bigint[], %s::bigint[]) AS held (lane, epoch, parkings)
WHERE p.projection = ANY(%s) AND p.lane = held.lane AND p.position = %s
    AND p.epoch = held.epoch AND p.parkings = held.parkings
"""

# An epoch never falls: whoever is late claims nothing.
CLAIM: Final = """
UPDATE read.positions AS p SET epoch = held.epoch
FROM unnest(%s::smallint[], %s::bigint[]) AS held (lane, epoch)
WHERE p.lane = held.lane AND p.epoch < held.epoch
"""

CLAIM_PATIENCE: Final = "1s"
STALE_SECONDS: Final = 2
# A process that was stopped within a transaction holds its locks for as long as it sleeps: the
# server does not tire of waiting for the rest of a COPY. It waits for its client meanwhile, which
# nobody does for so long who is awake.
CUT_OFF: Final = """
SELECT pg_terminate_backend(a.pid) FROM pg_stat_activity AS a
WHERE a.datname = current_database() AND a.usename = session_user AND a.pid <> pg_backend_pid()
    AND a.wait_event_type = 'Client'
    AND a.state_change < clock_timestamp() - make_interval(secs => %s)
    AND EXISTS (
        SELECT FROM pg_locks AS l
        WHERE l.pid = a.pid AND l.granted AND l.relation = to_regclass('read.positions')
            AND l.mode = 'RowExclusiveLock'
    )
"""


class PositionMoved(DomainError):
    """Another projector moved the read model meanwhile; this one has applied nothing."""

    code = "position-moved"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a read model is in a lane.

    `epoch` is that of the lane's last owner. `parkings` rises whenever an account of the lane is
    parked or let go, so that nobody goes on with what was true before.
    """

    position: int
    epoch: int
    parkings: int


Places: TypeAlias = Mapping[tuple[str, int], Place]


def places_of(
    connection: Connection[Any],
    names: Sequence[str],
    *,
    lanes: Collection[int] = ALL_LANES,
    schema: str = LIVE,
    lock: bool = False,
) -> Places:
    """The place of each named model in each lane; `lock` holds them until the transaction ends."""
    query = SQL(
        "SELECT projection, lane, position, epoch, parkings FROM {}"
        " WHERE projection = ANY(%s) AND lane = ANY(%s){}"
    ).format(
        Identifier(schema, "positions"),
        SQL(" ORDER BY projection, lane FOR UPDATE" if lock else ""),
    )
    rows = connection.execute(query, (list(names), list(lanes))).fetchall()
    return {(name, lane): Place(*rest) for name, lane, *rest in rows}


def positions_of(
    connection: Connection[Any], names: Sequence[str], *, schema: str = LIVE, lock: bool = False
) -> Mapping[str, int]:
    """The position that each named model holds in all lanes; `lock` as in `places_of`."""
    least: dict[str, int] = {}
    for (name, _), place in places_of(connection, names, schema=schema, lock=lock).items():
        least[name] = min(place.position, least.get(name, place.position))
    return least


def claim(connection: Connection[Any], epochs: Mapping[int, int]) -> None:
    """Write the epoch by which each lane is held into its live positions: whoever held it before
    moves none of them any more.

    When that one fell asleep within a transaction, its session is ended and LockNotAvailable
    raised: the next attempt finds the rows free.
    """
    try:
        with connection.transaction():
            connection.execute("SELECT set_config('lock_timeout', %s, true)", (CLAIM_PATIENCE,))
            connection.execute(CLAIM, (list(epochs), list(epochs.values())))
    except LockNotAvailable:
        with connection.transaction():
            # Only the login may end sessions of its own; the role it acts as may not.
            connection.execute("SET LOCAL ROLE NONE")
            connection.execute(CUT_OFF, (STALE_SECONDS,))
        raise


def advance(
    cursor: Cursor[Any], names: Sequence[str], lanes: Mapping[int, Place], *, position: int
) -> None:
    """Move the models of the schema in use in these lanes, all of which are at one position.

    Refuses with PositionMoved; then nothing may stay.
    """
    (expected,) = {place.position for place in lanes.values()}
    epochs = [place.epoch for place in lanes.values()]
    parkings = [place.parkings for place in lanes.values()]
    given = (position, list(lanes), epochs, parkings, list(names), expected)
    cursor.execute(ADVANCE, given)
    if cursor.rowcount != len(names) * len(lanes):
        raise PositionMoved(
            f"A read model of {named(names)} is no longer at position {expected}, or its lane has"
            " another owner, or let an account go on. Nothing was applied twice; look for the"
            " position again.",
            expected=expected,
        )
