"""Counterfactuals that cannot be asked."""

from domain.errors import DomainError


class CounterfactualRefused(DomainError):
    """A size above one or below zero, or more than a question may name."""

    code = "counterfactual-refused"


class TradeNotInHistory(DomainError):
    """The trade to be left out is not in the account's history."""

    code = "trade-not-in-history"
