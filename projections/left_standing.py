"""Accounts that are parked, as a build sees them: the same from its loading to its switch.

A build does without what the live models do without. Should an account be parked or let go while it
is built, nobody could say which of its events are in: then it is built again.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, TypeAlias

from psycopg import Connection

from projections.dead_letters import standing_letters
from projections.positions import PositionMoved, places_of
from projections.withholding import Withheld

Parked: TypeAlias = Collection[tuple[int, str]]
"""Letters, each with a model that it stopped."""


def parked_now(
    connection: Connection[Any], names: Sequence[str], *, last_seq: int | None = None
) -> Parked:
    """What is parked for these models, by an event up to a position."""
    letters = standing_letters(connection, names)
    until = [each for each in letters if last_seq is None or each.ledger_seq <= last_seq]
    return {(letter, name) for letter, name in Withheld(until).parked if name in names}


def parked_in_build(
    connection: Connection[Any], names: Sequence[str], *, held: Collection[int], schema: str
) -> Parked:
    """What a build does without: what is parked now, and was when its ranges were loaded.

    `held` are the letters by which they were. Refuses with PositionMoved where others are parked by
    an event that the build has reached.
    """
    places = places_of(connection, names, schema=schema).values()
    reached = max(place.position for place in places)
    now = parked_now(connection, names, last_seq=reached)
    insist_on_the_same(held, {letter for letter, _ in now})
    return parked_now(connection, names)


def insist_on_the_same(before: Collection[object], now: Collection[object]) -> None:
    """Refuse with PositionMoved when an account was parked or let go meanwhile."""
    if set(before) != set(now):
        raise PositionMoved(
            "An account was parked, or let go, while the read models were built. Nothing was"
            " changed; run it again."
        )
