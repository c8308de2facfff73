"""Why an account does not move to another rule pack."""

from domain.errors import DomainError


class ConsentNotGiven(DomainError):
    """No consent of the account's own trader, given before the move and for exactly these packs."""

    code = "consent-not-given"


class PackAlreadyHeld(DomainError):
    """The account is judged by this very pack already."""

    code = "pack-already-held"


class PackNotAlike(DomainError):
    """The other pack has another starting balance or phase, so it is not for this account."""

    code = "pack-not-alike"


class PackChangePending(DomainError):
    """Another pack waits for the close of the session to come into force."""

    code = "pack-change-pending"


class MoveWouldBreach(DomainError):
    """By the other pack the account would stand at or beyond a limit at once."""

    code = "move-would-breach"


class OpenProfitUnknown(DomainError):
    """Something was executed after the open profit was last told, and positions are open."""

    code = "open-profit-unknown"
