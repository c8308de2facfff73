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


class TooManyRuns(DomainError):
    """The caller, or everybody together, has as many runs waiting as there may be."""

    code = "too-many-whatif-runs"


class RunEnded(DomainError):
    """The run is done or has failed, so it cannot be cancelled."""

    code = "whatif-run-ended"


class RunTimedOut(DomainError):
    """The run took longer than a run may take."""

    code = "whatif-timed-out"


class RunGivenUp(DomainError):
    """Every worker that took the run up ended before it was done."""

    code = "whatif-gave-up"
