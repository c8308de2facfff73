"""What can be asked of the news calendar. `at` is when it is asked."""

from dataclasses import dataclass
from datetime import datetime

from domain.market.releases import Release


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleRelease:
    """Put a release on the calendar of its month."""

    release: Release
    at: datetime
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawRelease:
    """Take a release off the calendar of a month, such as `2026-03`."""

    month: str
    release_id: str
    reason: str
    at: datetime
    expected_version: int | None = None
