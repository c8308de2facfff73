"""What the news calendar refuses, and why."""

from domain.errors import DomainError


class ReleaseKnownDifferently(DomainError):
    """A release of this id is in the month already, with other facts."""

    code = "release-known-differently"


class ReleaseIsWithdrawn(DomainError):
    """A release of this id was withdrawn, and its id is used up."""

    code = "release-withdrawn"


class ReleaseUnknown(DomainError):
    """No release of this id is in the month."""

    code = "release-unknown"


class NewsMonthFull(DomainError):
    """The month holds as many releases as the calendar takes."""

    code = "news-month-full"
