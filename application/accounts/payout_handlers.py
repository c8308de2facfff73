"""Load, decide, save: one function a command on payouts."""

from application.accounts.payout_commands import (
    ApprovePayout,
    CancelPayout,
    PayPayout,
    RejectPayout,
    RequestPayout,
)
from application.errors import StreamNotFound
from application.ledger import Ledger, Receipt
from domain.accounts.account import TradingAccount


def request_payout(command: RequestPayout, ledger: Ledger) -> Receipt:
    """Reserve profit for a payout. Repeating a `payout_id` changes nothing."""
    account = _owned(command, ledger)
    account.request_payout(payout_id=command.payout_id, amount=command.amount, at=command.at)
    return ledger.save(account)


def approve_payout(command: ApprovePayout, ledger: Ledger) -> Receipt:
    """Agree to a payout whose amount is still there. Doing so again changes nothing."""
    account = ledger.load(
        TradingAccount, command.account_id, expected_version=command.expected_version
    )
    account.approve_payout(payout_id=command.payout_id, at=command.at)
    return ledger.save(account)


def reject_payout(command: RejectPayout, ledger: Ledger) -> Receipt:
    """Refuse a payout on grounds. Doing so again on the same grounds changes nothing."""
    account = ledger.load(
        TradingAccount, command.account_id, expected_version=command.expected_version
    )
    account.reject_payout(payout_id=command.payout_id, grounds=command.grounds, at=command.at)
    return ledger.save(account)


def cancel_payout(command: CancelPayout, ledger: Ledger) -> Receipt:
    """Take a request back. Doing so again changes nothing."""
    account = _owned(command, ledger)
    account.cancel_payout(payout_id=command.payout_id, at=command.at)
    return ledger.save(account)


def pay_payout(command: PayPayout, ledger: Ledger) -> Receipt:
    """Let an approved payout leave the account. Under the same reference again nothing changes."""
    account = ledger.load(
        TradingAccount, command.account_id, expected_version=command.expected_version
    )
    account.pay_payout(payout_id=command.payout_id, reference=command.reference, at=command.at)
    return ledger.save(account)


def _owned(command: RequestPayout | CancelPayout, ledger: Ledger) -> TradingAccount:
    """The account, if it is one of the caller's. What is not is not found: another refusal, that
    of an old version too, would tell that it is there.
    """
    account = ledger.load(TradingAccount, command.account_id)
    if command.traders is not None and account.state.trader_id not in command.traders:
        raise StreamNotFound(
            f"There is no {account.TOPIC} {account.id}. Check the identifier and the moment asked"
            " for.",
            stream_id=str(account.id),
        )
    if command.expected_version in (None, account.version):
        return account
    return ledger.load(
        TradingAccount, command.account_id, expected_version=command.expected_version
    )
