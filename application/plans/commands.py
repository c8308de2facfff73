"""What can be asked of the packs that are sold. Commands ask; they may be refused."""

from dataclasses import dataclass
from datetime import datetime

from domain.plans.impact import Impact
from domain.rules.pack import RulePack


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishPack:
    """Put a version of a pack on sale. `impact` is the what-if run; the first needs none."""

    program: str
    phase: str
    pack: RulePack
    reason: str
    at: datetime
    impact: Impact | None = None
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishShippedPack:
    """Put the pack that this release ships on sale as version 1, where no version is."""

    program: str
    phase: str
    at: datetime
