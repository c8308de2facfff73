"""Which read models are furthest behind, and in which lanes."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from psycopg import Connection

from projections.checking import missing_read_models
from projections.kernel import Projection
from projections.positions import Place, PositionMoved, places_of


@dataclass(frozen=True, slots=True)
class Hindmost:
    """Models at one position in the same lanes; `ahead` is the next position that any is at."""

    models: Sequence[Projection]
    lanes: Mapping[int, Place]
    position: int
    ahead: int | None

    @property
    def names(self) -> Sequence[str]:
        """The names of the models."""
        return [model.name for model in self.models]

    def at(self, position: int) -> Hindmost:
        """The same, further on."""
        lanes = {lane: replace(place, position=position) for lane, place in self.lanes.items()}
        return replace(self, lanes=lanes, position=position)


def hindmost(
    connection: Connection[Any],
    models: Sequence[Projection],
    *,
    lanes: Collection[int],
    epochs: Mapping[int, int],
    schema: str,
) -> Hindmost:
    """What is furthest behind in these lanes: models that share the lanes in which they are.

    Refuses with PositionMoved where a lane is no longer held under its epoch; a lane without one is
    taken as it is. Refuses with ReadModelsMissing.
    """
    names = [model.name for model in models]
    places = places_of(connection, names, lanes=lanes, schema=schema)
    if len(places) < len(names) * len(lanes):
        missing = [
            model for model in models if any((model.name, lane) not in places for lane in lanes)
        ]
        raise missing_read_models(missing)
    for (name, lane), place in places.items():
        if place.epoch != epochs.get(lane, place.epoch):
            raise PositionMoved(
                f"Another projector has lane {lane} of {name} by now. Nothing was applied.",
                expected=place.position,
            )
    least = min(place.position for place in places.values())
    behind: dict[str, dict[int, Place]] = {name: {} for name in names}
    for (name, lane), place in places.items():
        if place.position == least:
            behind[name][lane] = place
    shared = next(found for found in behind.values() if found)
    further = (place.position for place in places.values() if place.position > least)
    return Hindmost(
        models=[model for model in models if behind[model.name] == shared],
        lanes=shared,
        position=least,
        ahead=min(further, default=None),
    )
