"""What stands still: the head of the log moved on, and a projection did not.

The database says since when a position stands, and when the event after it was recorded. The later
of the two is since when it stands although something waits. A watcher that looks again remembers
what it saw itself: whatever else touches the row of a position, one that did not move stood still.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from application.watching.figures import Figures, LaneFigures, Missing, ProjectionFigures


def still_since(
    *, position: int, head: int, moved_at: datetime, waiting_since: datetime | None
) -> datetime | None:
    """Since when a position stands although something waits, as far as one look can tell.

    None while nothing waits. Where the event that waits cannot be seen, the last move counts.
    """
    if position >= head:
        return None
    return max(moved_at, waiting_since or moved_at)


def remembering(figures: Figures, before: Figures | None) -> Figures:
    """The figures, with what an earlier look saw of positions that have not moved since."""
    if (
        before is None
        or isinstance(figures.projections, Missing)
        or isinstance(before.projections, Missing)
    ):
        return figures
    seen = {(each.name, lane.lane): lane for each in before.projections for lane in each.lanes}
    return replace(
        figures,
        projections=[
            ProjectionFigures(
                name=each.name,
                lanes=[_remembering(lane, seen.get((each.name, lane.lane))) for lane in each.lanes],
            )
            for each in figures.projections
        ],
    )


def _remembering(lane: LaneFigures, before: LaneFigures | None) -> LaneFigures:
    if before is None or before.position != lane.position:
        return lane
    if lane.still_since is None or before.still_since is None:
        return lane
    return replace(lane, still_since=min(lane.still_since, before.still_since))
