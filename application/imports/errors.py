"""Refusals of whole files, and of single rows of them."""

from domain.errors import DomainError


class FileUnreadable(DomainError):
    """The file is not there, is a directory, or may not be read."""

    code = "file-unreadable"


class EmptyFile(DomainError):
    """The file holds nothing."""

    code = "empty-file"


class FileTooLarge(DomainError):
    """The file has more bytes or more rows than one import takes."""

    code = "file-too-large"


class WrongEncoding(DomainError):
    """The file, or one line of it, is not UTF-8 text."""

    code = "wrong-encoding"


class NoHeader(DomainError):
    """The first line does not name the columns."""

    code = "no-header"


class MissingColumn(DomainError):
    """The header leaves out a column that is needed, or names one twice."""

    code = "missing-column"


class NotJson(DomainError):
    """The file is not JSON, or not an array."""

    code = "not-json"


class BrokenRow(DomainError):
    """The row cannot be taken apart: quotes, control characters, a number of fields, no object."""

    code = "broken-row"


class MissingValue(DomainError):
    """A value that every trade has is missing from the row."""

    code = "missing-value"


class NotANumber(DomainError):
    """A value is not a plain number, or not a whole one where contracts are counted."""

    code = "not-a-number"


class NotATime(DomainError):
    """A value is not a time as this format writes it, or there is no such time."""

    code = "not-a-time"


class NotAnIdentifier(DomainError):
    """The trade's identifier is not a short text of plain characters."""

    code = "not-an-identifier"


class UnknownSide(DomainError):
    """The row does not say in the format's words whether it was bought or sold first."""

    code = "unknown-side"


class NotClosed(DomainError):
    """The row contradicts itself on whether the trade is closed."""

    code = "not-closed"


class RepeatedDifferently(DomainError):
    """The file tells one trade twice, with different facts."""

    code = "repeated-differently"


class ExitInTheFuture(DomainError):
    """The trade was closed later than now, so a clock is wrong."""

    code = "exit-in-the-future"
