"""Why an export is not made, or is none."""

from domain.errors import DomainError


class ExportExists(DomainError):
    """The directory holds something already; an export is never written over another."""

    code = "export-exists"


class ExportNotWritten(DomainError):
    """The files could not be written; nothing that looks like an export is left."""

    code = "export-not-written"


class NotAnExport(DomainError):
    """The directory holds no export, or one in a format that this release does not know."""

    code = "not-an-export"


class SelectionRefused(DomainError):
    """By how it was asked the selection can match nothing: no such type, or no time in between."""

    code = "selection-refused"


class LogNotContiguous(DomainError):
    """A `ledger_seq` is missing from the log itself: somebody took an event out of the database."""

    code = "log-not-contiguous"


class ExportOfAnotherLog(DomainError):
    """An export is to be recorded that was not made from this log."""

    code = "export-of-another-log"
