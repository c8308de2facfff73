"""Refusals that are about HTTP alone: the request never reached the business."""

from domain.errors import DomainError


class UnreadableBody(DomainError):
    """The body of the request is not JSON."""

    code = "unreadable-body"


class InvalidRequest(DomainError):
    """A field, parameter or header of the request is missing, unknown or has an impossible value.

    `errors` names each one by a JSON pointer.
    """

    code = "invalid-request"


class BodyTooLarge(DomainError):
    """The body of the request is larger than the service takes."""

    code = "body-too-large"


class NoSuchPath(DomainError):
    """The service has nothing at this path."""

    code = "no-such-path"


class MethodNotAllowed(DomainError):
    """The path exists, but not for this method."""

    code = "method-not-allowed"


class InternalFault(DomainError):
    """The service failed. It is our fault, and it was logged under the request's id."""

    code = "internal-fault"
