"""Load, decide, save: one function a command."""

from __future__ import annotations

from application.errors import StreamNotFound
from application.ledger import Ledger, Receipt
from application.news.commands import ScheduleRelease, WithdrawRelease
from domain.news.calendar import NewsCalendar, calendar_id, month_of
from domain.news.errors import ReleaseUnknown


def schedule_release(command: ScheduleRelease, ledger: Ledger) -> Receipt:
    """Put a release on the calendar. Doing so again changes nothing."""
    month = month_of(command.release.released_at)
    calendar = month_in(ledger, month, expected_version=command.expected_version)
    if calendar is None:
        calendar = NewsCalendar.of_month(month, at=command.at)
    calendar.schedule(command.release, at=command.at)
    return ledger.save(calendar)


def withdraw_release(command: WithdrawRelease, ledger: Ledger) -> Receipt:
    """Take a release off. Doing so again changes nothing. Refuses with ReleaseUnknown."""
    calendar = month_in(ledger, command.month, expected_version=command.expected_version)
    if calendar is None:
        raise ReleaseUnknown(
            f"Nothing is scheduled in {command.month}; check the month.",
            release_id=command.release_id,
            month=command.month,
        )
    calendar.withdraw(command.release_id, reason=command.reason, at=command.at)
    return ledger.save(calendar)


def month_in(
    ledger: Ledger, month: str, *, expected_version: int | None = None
) -> NewsCalendar | None:
    """A month of the calendar; None when nothing was ever scheduled in it."""
    try:
        return ledger.load(NewsCalendar, calendar_id(month), expected_version=expected_version)
    except StreamNotFound:
        return None
