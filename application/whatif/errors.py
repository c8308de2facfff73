"""What-if questions that are not answered."""

from domain.errors import DomainError


class QuestionRefused(DomainError):
    """The question contradicts itself, asks nothing, or is about no account."""

    code = "whatif-refused"


class HistoryTooLong(DomainError):
    """The history has more events than are judged while a caller waits."""

    code = "whatif-too-long"


class TooManyAsked(DomainError):
    """As many such questions are being answered as the service answers at once."""

    code = "whatif-busy"
