"""Refusals of symbols, prices and quantities."""

from domain.errors import DomainError


class UnknownContract(DomainError):
    """The symbol names no contract of the table, or is not written as a contract symbol."""

    code = "unknown-contract"


class NotAPrice(DomainError):
    """The value is not a plain decimal number that a futures price can be."""

    code = "not-a-price"


class PriceOffTick(DomainError):
    """The price lies between two ticks of its contract, so no exchange traded at it."""

    code = "price-off-tick"


class QuantityOutOfRange(DomainError):
    """The number of contracts is zero, or more than any account may hold."""

    code = "quantity-out-of-range"
