"""What can be seen of the ledger at one moment. Nothing is judged here; see `alarms`.

All times are the database's own, so that no clock of a watcher has a say. A part that this database
does not have, or that did not answer, is `Missing` and tells which: nothing is made up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Final, Literal, TypeAlias

NOTHING: Final = timedelta(0)
LeaseState: TypeAlias = Literal["held", "expired", "free"]


class Missing(Enum):
    """Why there are no figures of a part."""

    ABSENT = "absent"
    """This database, or this process, does not have it."""

    UNREAD = "unread"
    """It did not answer in time, or not to this login."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneFigures:
    """A lane of a projection. Without lanes a projection has one, number 0.

    `waiting_since` is when the oldest event that it does not hold was recorded. `still_since` is
    since when it stands where it stands although something waits; None while nothing does.
    """

    lane: int
    position: int
    moved_at: datetime
    waiting_since: datetime | None
    still_since: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectionFigures:
    """One projection: as far as the hindmost of its lanes, and as late as the latest."""

    name: str
    lanes: Sequence[LaneFigures]

    @property
    def position(self) -> int:
        """What every lane holds."""
        return min(each.position for each in self.lanes)

    @property
    def moved_at(self) -> datetime:
        """When the last of its lanes that moved did so."""
        return max(each.moved_at for each in self.lanes)

    @property
    def waiting_since(self) -> datetime | None:
        """When the oldest event was recorded that a lane does not hold; None when all hold all."""
        return min((each.waiting_since for each in self.lanes if each.waiting_since), default=None)

    @property
    def still_since(self) -> datetime | None:
        """Since when the lane that stands longest stands; None while all go on or have all."""
        return min((each.still_since for each in self.lanes if each.still_since), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetters:
    """Events set aside because they could not be projected. One may stop several projections."""

    count: int
    by_projection: Mapping[str, int]
    oldest_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseFigures:
    """A lease: who holds it and until when. Nobody holds one that was given back."""

    name: str
    owner: str | None
    expires_at: datetime

    def state(self, at: datetime) -> LeaseState:
        """Held, given back, or left behind by an owner that did not renew it."""
        if self.owner is None:
            return "free"
        return "held" if self.expires_at > at else "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class SealFigures:
    """How far the log is under the tree, and under a signed checkpoint."""

    sealed: int
    checkpoint: int | None
    checkpoint_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationFigures:
    """How far the log was compared with what was sealed: a round that is `over`, or is at
    `position` of `size`. `finding` is what is not sound now.
    """

    position: int
    size: int
    over: bool
    began_at: datetime | None
    sound: int
    sound_at: datetime | None
    finding: str | None
    found_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveFigures:
    """What of the log was moved to the archive: how many pieces, and up to where."""

    count: int
    position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RebuildFigures:
    """A rebuild that runs: of what, since when, and how many of its events it has taken in."""

    name: str
    state: str
    began_at: datetime
    done: int
    total: int

    @property
    def percent(self) -> int:
        """How much of it is done."""
        return self.done * 100 // self.total if self.total else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectFigures:
    """Orders to the platform. `position` is how far the log was searched for them, and
    `waiting_since` when the oldest event was recorded that was not.
    """

    pending: int
    failed: int
    oldest_pending_at: datetime | None
    position: int
    waiting_since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineFigures:
    """Instances of the rules engine that were heard of lately, and the partitions they watch."""

    instances: int
    partitions: int
    watched: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CombinerFigures:
    """What became of all appends of this process so far, and what waits now.

    All but `waiting` and `in_flight` only ever grow. `batch_sizes` counts batches by their number
    of appends, each under the power of two that is not smaller. `appends` are all that have an
    outcome: `stored`, `conflicts` or `refused`; `turned_away` never entered.
    """

    waiting: int
    in_flight: int
    batches: int
    appends: int
    stored: int
    replayed: int
    conflicts: int
    refused: int
    turned_away: int
    largest_batch: int
    batch_sizes: Mapping[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """One look at a database that answers.

    The log has partitions up to `room_until`; more are made as they are needed. `redis_up` is None
    where nobody asked.
    """

    at: datetime
    head: int
    head_moved_at: datetime | None
    room_until: int = 0
    projections: Sequence[ProjectionFigures] | Missing = Missing.ABSENT
    dead_letters: DeadLetters | Missing = Missing.ABSENT
    leases: Sequence[LeaseFigures] | Missing = Missing.ABSENT
    seal: SealFigures | Missing = Missing.ABSENT
    verification: VerificationFigures | Missing = Missing.ABSENT
    archives: ArchiveFigures | Missing = Missing.ABSENT
    rebuilds: Sequence[RebuildFigures] | Missing = Missing.ABSENT
    effects: EffectFigures | Missing = Missing.ABSENT
    engine: EngineFigures | Missing = Missing.ABSENT
    combiner: CombinerFigures | Missing = Missing.ABSENT
    redis_up: bool | None = None

    def since(self, moment: datetime | None) -> timedelta:
        """How long ago a moment was; nothing when there was none, and never less."""
        return max(NOTHING, self.at - moment) if moment else NOTHING

    def behind(self, position: int) -> int:
        """Events of the log after a position."""
        return max(0, self.head - position)


PARTS: Final = (
    "projections", "dead_letters", "leases", "seal", "verification", "archives", "rebuilds",
    "effects", "engine",
)  # fmt: skip
"""The figures that a database may lack, by their names in `Figures`."""


def unread(figures: Figures) -> Sequence[str]:
    """The parts that did not answer."""
    return [name for name in PARTS if getattr(figures, name) is Missing.UNREAD]
