"""What commands on accounts refuse, beside what an account itself does."""

from domain.errors import DomainError


class AccountIdTaken(DomainError):
    """An account of this id was opened before."""

    code = "account-id-taken"
