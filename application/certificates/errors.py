"""Why a certificate is not made, or cannot be read."""

from domain.errors import DomainError


class NoVerdict(DomainError):
    """Nothing was decided about the account yet, so there is nothing to certify."""

    code = "no-verdict"


class HistoryTooLong(DomainError):
    """More events lead to the verdict than one certificate holds."""

    code = "history-too-long"


class HistoryNotReproduced(DomainError):
    """Run again, the account's recorded reports do not give the events that stand in the log."""

    code = "history-not-reproduced"


class CertificateUnreadable(DomainError):
    """The file of a certificate cannot be opened, written, or is larger than any certificate."""

    code = "certificate-unreadable"


class CertificateNotSound(DomainError):
    """What the certificate says is not what its own events come to; nothing is shown of it."""

    code = "certificate-not-sound"
