"""Refusals that are not a matter of the business but of how it was asked."""

from domain.errors import DomainError


class StreamNotFound(DomainError):
    """No event of this stream exists, or it is not visible to the caller."""

    code = "not-found"


class StaleVersion(DomainError):
    """The caller decided on a version that is no longer the newest (`If-Match`)."""

    code = "stale-version"


class WriteConflict(DomainError):
    """Another command wrote to the same stream first, again and again; try once more."""

    code = "write-conflict"


class IdempotencyKeyReused(DomainError):
    """The key was used before, with another input."""

    code = "idempotency-key-reused"


class NaturalKeyTaken(DomainError):
    """The source's own identifier is in the log already, with other content."""

    code = "already-recorded-differently"


class LedgerUnavailable(DomainError):
    """The log could not be reached; nothing is known to have been written."""

    code = "ledger-unavailable"


class LedgerBusy(LedgerUnavailable):
    """Too much waits to be recorded already; nothing of this command was written."""

    code = "ledger-busy"
