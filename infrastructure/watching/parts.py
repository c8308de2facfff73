"""Every part of the figures that this side of the system reads, by its name in `Figures`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from infrastructure.watching.effects import effects
from infrastructure.watching.engine import engine
from infrastructure.watching.leases import leases
from infrastructure.watching.lookout import Part

PARTS: Final[Mapping[str, Part]] = {
    "leases": Part(("work.mark_leases",), leases),
    "effects": Part(("work.effects", "work.followers"), effects),
    "engine": Part(("work.engine_instances", "work.mark_leases"), engine),
}
