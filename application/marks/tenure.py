"""Keeping the partitions of the marks while the engine is at work."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from application.leasing import tenure
from application.marks.ports import Leases


class Tenure(tenure.Tenure[int]):
    """The partitions that this instance owns right now, and up to when deadlines were told."""

    def __init__(self, leases: Leases, *, lease: timedelta, report: Callable[[str], None]) -> None:
        super().__init__(leases, lease=lease, report=report)
        self._notes = leases

    def told(self, partitions: Mapping[int, int], *, until: datetime) -> None:
        """Note up to when deadlines were told."""
        self._notes.told(partitions, until=until)

    def told_until(self, partition: int) -> datetime | None:
        """What was noted last, by whoever owned it."""
        return self._notes.told_until(partition)
