"""Every part of the figures that this side of the system reads, by its name in `Figures`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from infrastructure.watching.archives import archives
from infrastructure.watching.dead_letters import dead_letters
from infrastructure.watching.effects import effects
from infrastructure.watching.engine import engine
from infrastructure.watching.leases import leases
from infrastructure.watching.lookout import Part
from infrastructure.watching.rebuilds import rebuilds
from infrastructure.watching.seal import seal
from infrastructure.watching.verification import verification

PARTS: Final[Mapping[str, Part]] = {
    "dead_letters": Part(("work.dead_letters",), dead_letters),
    "leases": Part(("work.leases", "work.mark_leases"), leases),
    "seal": Part(("ledger.tree", "ledger.checkpoints"), seal),
    "verification": Part(("work.verification",), verification),
    "archives": Part(("ledger.archives",), archives),
    "rebuilds": Part(("work.rebuilds", "work.rebuild_ranges"), rebuilds),
    "effects": Part(("work.effects", "work.followers"), effects),
    "engine": Part(("work.engine_instances", "work.mark_leases"), engine),
}
