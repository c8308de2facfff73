"""Why nothing is proved, sealed or signed."""

from domain.errors import DomainError


class EventNotCovered(DomainError):
    """The event is recorded, and no signed checkpoint covers it yet."""

    code = "event-not-covered"


class CheckpointMissing(DomainError):
    """No checkpoint was signed yet."""

    code = "checkpoint-missing"


class TreeSizeRefused(DomainError):
    """A consistency proof is asked for between sizes that the tree never had, or in no order."""

    code = "tree-size-refused"


class TreeDamaged(DomainError):
    """What the database holds of the tree contradicts itself, or a checkpoint that was signed."""

    code = "tree-damaged"


class CheckpointUnreadable(DomainError):
    """A text that should be a checkpoint, or a verifier key, is none."""

    code = "checkpoint-unreadable"


class SigningKeyMissing(DomainError):
    """No key is configured that could sign a checkpoint."""

    code = "log-key-missing"


class SigningKeyRefused(DomainError):
    """The configured key cannot sign checkpoints: not there, open to others, or of another kind."""

    code = "log-key-refused"


class SigningUnavailable(DomainError):
    """The service that holds the key does not answer; nothing was signed."""

    code = "log-key-unavailable"


class CheckpointStoreMissing(DomainError):
    """No bucket is configured that keeps copies of checkpoints."""

    code = "checkpoint-store-missing"


class CheckpointStoreRefused(DomainError):
    """The bucket cannot keep checkpoints: not there, not allowed, or without Object Lock."""

    code = "checkpoint-store-refused"


class CheckpointStoreUnavailable(DomainError):
    """The bucket does not answer; checkpoints wait in the database until it does."""

    code = "checkpoint-store-unavailable"


class CheckpointContradicted(DomainError):
    """Where a copy of a checkpoint is to be kept, another one is kept already."""

    code = "checkpoint-contradicted"
