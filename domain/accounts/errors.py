"""What an account refuses, and why."""

from domain.errors import DomainError


class AccountEnded(DomainError):
    """The account has failed, and takes no more of this."""

    code = "account-ended"


class AlreadyRecordedDifferently(DomainError):
    """A trade, fill or result of this id is in the account already, with other facts."""

    code = "already-recorded-differently"


class TradingDayClosed(DomainError):
    """The trading day that this belongs to is closed, and its figures are final."""

    code = "trading-day-closed"


class DayNotOver(DomainError):
    """The session of this trading day has not ended yet."""

    code = "day-not-over"


class ExitBeforeEntry(DomainError):
    """A trade was closed before it was opened."""

    code = "exit-before-entry"


class FeesNegative(DomainError):
    """Fees are a cost: zero or more."""

    code = "fees-negative"


class NothingToVoid(DomainError):
    """No trade or fill of this id is in the open trading day."""

    code = "nothing-to-void"


class TooManyExecutions(DomainError):
    """The trading day holds as many executions as the ledger takes."""

    code = "too-many-executions"


class PayoutRefused(DomainError):
    """The rule pack does not allow this payout; the facts hold each rule and the next step."""

    code = "payout-refused"


class PayoutUnknown(DomainError):
    """The account has no payout of this id."""

    code = "payout-unknown"


class TooManyReleases(DomainError):
    """The account holds as many scheduled releases as it takes."""

    code = "too-many-releases"


class TooManyPayouts(DomainError):
    """The account holds as many payouts, with those that came to nothing, as the ledger takes."""

    code = "too-many-payouts"


class PayoutStatusForbids(DomainError):
    """The payout is not in a status in which this can be done to it."""

    code = "payout-status-forbids"


class RejectionWithoutReason(DomainError):
    """A payout is rejected for at least one coded reason, with a sentence for the trader."""

    code = "rejection-without-reason"


class RejectionWithoutEvidence(DomainError):
    """A payout is rejected on the evidence of at least one event of the account."""

    code = "rejection-without-evidence"


class BeforeOpening(DomainError):
    """This happened before the account was opened."""

    code = "before-opening"


class HistoryTooLong(DomainError):
    """The account has more events than are judged again at once."""

    code = "history-too-long"


class RevisionUnknown(DomainError):
    """No revision of this version awaits a decision."""

    code = "revision-unknown"


class RevisionDecidedAlready(DomainError):
    """A person has decided on this revision, in another way."""

    code = "revision-decided-already"


class NothingToReplace(DomainError):
    """No report of this id is in the account, or the replacement is of another kind."""

    code = "nothing-to-replace"
