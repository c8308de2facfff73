"""What can be wrong with an event on its way into the log or out of it."""

from domain.errors import DomainError


class UnknownEventType(DomainError):
    """The log holds an event of a type that this release does not know."""

    code = "unknown-event-type"


class UnreadableEvent(DomainError):
    """An event does not fit its class: a newer release wrote it, or an upcaster is wrong."""

    code = "unreadable-event"


class NotRecordable(DomainError):
    """A field is longer than the log takes, empty where it must not be, or holds a NUL."""

    code = "not-recordable"
