"""Refusals of times and days."""

from domain.errors import DomainError


class TimeWithoutOffset(DomainError):
    """The time does not say how far it is from UTC, so its trading day is a guess."""

    code = "time-without-offset"


class CalendarNotLoaded(DomainError):
    """The day lies outside the years that the calendar table covers."""

    code = "calendar-not-loaded"


class NotATradingDay(DomainError):
    """A session was asked for on a day that has none: a weekend or a full holiday."""

    code = "not-a-trading-day"
