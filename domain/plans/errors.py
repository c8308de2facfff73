"""Why a version of a rule pack is not published."""

from domain.errors import DomainError


class ImpactMissing(DomainError):
    """A later version of a pack comes without a run that says what it would have changed."""

    code = "impact-missing"


class ImpactOfOtherPacks(DomainError):
    """The attached run did not compare the newest version with the pack to be published."""

    code = "impact-of-other-packs"


class ImpactNotOfTheBook(DomainError):
    """The attached run did not judge the accounts that were sold, as they were traded."""

    code = "impact-not-of-the-book"


class PackUnchanged(DomainError):
    """The pack differs from the newest version in its name alone: no rule is another."""

    code = "pack-unchanged"


class PackNotOfLine(DomainError):
    """The pack has another starting balance or phase than what is sold under this name."""

    code = "pack-not-of-line"
