"""What an order to the platform can come to, other than being carried out."""

from domain.errors import DomainError


class PlatformUnavailable(DomainError):
    """The platform did not take the order; it may be sent again."""

    code = "platform-unavailable"


class PlatformRefused(DomainError):
    """The platform refused the order, and will refuse it again."""

    code = "platform-refused"


class EffectNotFailed(DomainError):
    """Only an effect that has failed can be tried again by hand."""

    code = "effect-not-failed"
