"""Refusals of books that cannot be simulated, or not here."""

from domain.errors import DomainError


class SimulationOutOfRange(DomainError):
    """The book asked for has too many accounts or days, or lies outside the trading calendar."""

    code = "simulation-out-of-range"


class SimulationDiffers(DomainError):
    """The log holds another history for an account of this book."""

    code = "simulation-differs"
