"""What the read models refuse, and why."""

from domain.errors import DomainError


class ReadModelsMissing(DomainError):
    """The tables of the read models are not in the database."""

    code = "read-models-missing"


class ReadModelOutdated(DomainError):
    """The tables of a read model were made by another release, in another shape."""

    code = "read-model-outdated"


class UnknownReadModel(DomainError):
    """There is no read model of this name."""

    code = "unknown-read-model"


class PoisonEvent(DomainError):
    """An event cannot be projected, and its account cannot be parked for it.

    `cause_code` and `cause_sentence` say what was wrong with the event itself.
    """

    code = "poison-event"
    cause_code = "poison-event"
    cause_sentence = ""


class AccountParked(DomainError):
    """The read models do not show all of the account: an event of it could not be taken in."""

    code = "account-parked"


class DeadLetterNotFound(DomainError):
    """There is no dead letter of this number."""

    code = "dead-letter-not-found"


class DeadLetterStrict(DomainError):
    """The event of a dead letter cannot be left out: a read model of money needs it."""

    code = "dead-letter-strict"


class RebuildRunning(DomainError):
    """Another rebuild runs on this database; there is one at a time."""

    code = "rebuild-running"


class RebuildGivenUp(DomainError):
    """A range of a rebuild was tried again and again, and its workers ended each time."""

    code = "rebuild-given-up"


class NothingRetired(DomainError):
    """There are no retired tables of this read model."""

    code = "nothing-retired"


class RetiredOutdated(DomainError):
    """The retired tables cannot be brought up to date: they have another shape than this release
    writes, or lack what was let go since.
    """

    code = "retired-outdated"


class NoRowsOfAccounts(DomainError):
    """The read model has no rows that belong to one account."""

    code = "no-rows-of-accounts"
