"""Why the embedded servers do not run."""

from domain.errors import DomainError


class DataDirectoryInUse(DomainError):
    """Another process runs its servers on this data directory."""

    code = "data-directory-in-use"


class EmbeddedServerFailed(DomainError):
    """PostgreSQL or Redis did not start, or ended before its time."""

    code = "embedded-server-failed"
