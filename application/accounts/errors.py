"""What commands on accounts refuse, beside what an account itself does."""

from domain.errors import DomainError


class TimeToCome(DomainError):
    """The time that is to have passed has not come yet."""

    code = "time-to-come"


class AccountIdTaken(DomainError):
    """An account of this id was opened before."""

    code = "account-id-taken"
