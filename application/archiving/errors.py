"""Why events are not archived, or cannot be read out of the archive."""

from application.errors import LedgerUnavailable
from domain.errors import DomainError


class ArchiveUnavailable(LedgerUnavailable):
    """Old events lie in an archive that does not answer, or that this process was not told of."""

    code = "archive-unavailable"


class ArchiveDamaged(DomainError):
    """A file of the archive is missing, or is not the one that was put there."""

    code = "archive-damaged"


class ArchiveStoreRefused(DomainError):
    """The place for the archive does not take or give files: it is not there, or not allowed."""

    code = "archive-store-refused"


class ArchiveNotExact(DomainError):
    """The files of a partition, read back, are not its rows or not what was sealed. It stays."""

    code = "archive-not-exact"


class PartitionNotArchivable(DomainError):
    """The database refuses to give the partition up: it is not the oldest, full and proved."""

    code = "partition-not-archivable"
