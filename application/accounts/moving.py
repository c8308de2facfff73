"""Selling an account under a program's pack, and moving one to another pack."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from application.accounts.commands import OpenAccount
from application.accounts.handlers import open_account
from application.ledger import Ledger, Receipt
from application.plans.handlers import pack_on_sale
from domain.accounts.account import TradingAccount
from domain.accounts.consents import Consent
from domain.rules.pack import RulePack


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenProgramAccount:
    """Give a trader an account under what is on sale for a program and phase."""

    account_id: UUID
    trader_id: UUID
    plan: str
    program: str
    phase: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveAccount:
    """Let another pack judge an account from its next session on, with its trader's consent."""

    account_id: UUID
    pack: RulePack
    consent: Consent
    reason: str
    at: datetime
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveAccountToProgram:
    """The same, to what is on sale for a program and phase."""

    account_id: UUID
    program: str
    phase: str
    consent: Consent
    reason: str
    at: datetime
    expected_version: int | None = None


def open_program_account(command: OpenProgramAccount, ledger: Ledger) -> Receipt:
    """Open an account; its id must be new. Refuses with ProgramUnknown and as `open_account`."""
    opening = OpenAccount(
        account_id=command.account_id,
        trader_id=command.trader_id,
        plan=command.plan,
        pack=pack_on_sale(command.program, command.phase, ledger),
        at=command.at,
    )
    return open_account(opening, ledger)


def move_account(command: MoveAccount, ledger: Ledger) -> Receipt:
    """Move an account. A consent that was used before changes nothing."""
    account = ledger.load(
        TradingAccount, command.account_id, expected_version=command.expected_version
    )
    account.change_pack(
        pack=command.pack, consent=command.consent, reason=command.reason, at=command.at
    )
    return ledger.save(account)


def move_account_to_program(command: MoveAccountToProgram, ledger: Ledger) -> Receipt:
    """Move an account to what is on sale. Refuses with ProgramUnknown and as `move_account`."""
    moving = MoveAccount(
        account_id=command.account_id,
        pack=pack_on_sale(command.program, command.phase, ledger),
        consent=command.consent,
        reason=command.reason,
        at=command.at,
        expected_version=command.expected_version,
    )
    return move_account(moving, ledger)
