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
    """An event cannot be projected. Nothing after it is: skipping money is not an option."""

    code = "poison-event"


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
    """The retired tables have another shape than this release writes."""

    code = "retired-outdated"


class NoRowsOfAccounts(DomainError):
    """The read model has no rows that belong to one account."""

    code = "no-rows-of-accounts"
