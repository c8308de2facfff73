"""What can be wrong with snapshots, and with what is asked about them."""

from domain.errors import DomainError


class SnapshotWrong(DomainError):
    """A snapshot was not what a full replay gives. It is deleted, and no other of its code is used
    until a person has looked.
    """

    code = "snapshot-wrong"


class SnapshotMissing(DomainError):
    """The account has no snapshot of the code that is asked about."""

    code = "snapshot-missing"


class SnapshotCodeUnknown(DomainError):
    """No snapshot was ever taken by this code."""

    code = "snapshot-code-unknown"
