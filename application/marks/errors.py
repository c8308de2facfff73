"""What the stream of marks can refuse."""

from domain.errors import DomainError


class MarksUnavailable(DomainError):
    """The stream of marks does not answer; nothing was acknowledged."""

    code = "marks-unavailable"


class MarksPiledUp(DomainError):
    """Too many marks wait that nobody has judged; no more are taken until some are."""

    code = "marks-piled-up"


class PartitionsChanged(DomainError):
    """The number of partitions is not the one that the engine has worked with so far."""

    code = "partitions-changed"


class MarkUnreadable(DomainError):
    """A line of a file of marks does not say what a mark is."""

    code = "mark-unreadable"
