"""`dynasty accounts consent` and `move`: another rule pack, with the trader's consent."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from application.accounts.moving import (
    MoveAccount,
    MoveAccountToProgram,
    move_account,
    move_account_to_program,
)
from application.context import acting
from application.ledger import Ledger, Receipt
from application.pipeline import carry_out
from application.plans.answers import shown
from application.plans.handlers import pack_on_sale
from domain.accounts.account import TradingAccount
from domain.accounts.consents import STATEMENT_LENGTH_MAX, Consent, statement_hash_of
from domain.documents import Place
from domain.plans.diffing import diff_of
from domain.rules.canonical import document_of, hash_of
from domain.rules.pack import RulePack
from interfaces.bootstrap.starting import running
from interfaces.cli.accounts import Account, AsJson, cli_context, pack_in
from interfaces.cli.ids import trader_id
from interfaces.settings import load_settings

_out = Console(highlight=False, markup=False)

Program = Annotated[
    str | None, typer.Option("--program", help="To what is on sale for this program.")
]
Phase = Annotated[str, typer.Option(help="evaluation, funded or funded_daily, of a program.")]
PackFile = Annotated[Path | None, typer.Option("--pack", help="To this rule pack instead (JSON).")]
GivenBy = Annotated[
    UUID, typer.Option(help="The trader who agrees.", parser=trader_id, metavar="TRADER")
]
GivenAt = Annotated[str, typer.Option(metavar="TIME", help="When the trader agreed: RFC 3339.")]
Statement = Annotated[str, typer.Option(help="The words the trader agreed to.")]


def consent(
    account: Account,
    *,
    given_by: GivenBy,
    given_at: GivenAt,
    statement: Statement,
    program_name: Program = None,
    phase: Phase = "evaluation",
    pack_file: PackFile = None,
    as_json: AsJson = False,
) -> None:
    """Show what a trader would agree to, and the hash that ties the words to the two packs."""
    _insist_on_one(program_name, pack_file)
    settings = load_settings()
    with running(settings, data_dir=settings.data_dir) as runtime:
        held = runtime.ledger.load(TradingAccount, account).state
        pack = _pack(program_name, phase, pack_file, runtime.ledger)
    changes = diff_of(document_of(held.pack), document_of(pack))
    hashes = {"from_hash": held.pack_hash, "pack_hash": hash_of(pack)}
    statement_hash = statement_hash_of(
        account_id=account,
        given_by=given_by,
        given_at=Place(given_at, "--given-at").moment(),
        statement=Place(statement, "--statement").text(at_most=STATEMENT_LENGTH_MAX),
        **hashes,
    )
    if as_json:
        print(json.dumps({**hashes, "statement_hash": statement_hash}))
        return
    table = Table("rule", "now", "then", box=box.SIMPLE_HEAD)
    for each in changes:
        table.add_row(each.pointer, shown(each.before), shown(each.after))
    _out.print(table)
    for name, value in {**hashes, "statement_hash": statement_hash}.items():
        _out.print(f"{name}: {value}", soft_wrap=True)


def move(
    account: Account,
    *,
    given_by: GivenBy,
    given_at: GivenAt,
    statement: Statement,
    statement_hash: Annotated[
        str, typer.Option(help="As `dynasty accounts consent` shows it to the trader.")
    ],
    reason: Annotated[str, typer.Option(help="Why the account is moved.")],
    program_name: Program = None,
    phase: Phase = "evaluation",
    pack_file: PackFile = None,
    as_json: AsJson = False,
) -> None:
    """Move an account to another rule pack, in force from its next session on."""
    _insist_on_one(program_name, pack_file)
    agreed = Consent(
        given_by=given_by,
        given_at=Place(given_at, "--given-at").moment(),
        statement=Place(statement, "--statement").text(at_most=STATEMENT_LENGTH_MAX),
        statement_hash=statement_hash,
    )
    said = Place(reason, "--reason").text()
    settings = load_settings()
    with running(settings, data_dir=settings.data_dir) as runtime, acting(cli_context()):
        receipt = _moved(
            account, agreed, runtime.ledger, reason=said, program_name=program_name, phase=phase,
            pack_file=pack_file,
        )  # fmt: skip
        state = runtime.ledger.load(TradingAccount, account).state
    waiting = state.next_pack.pack_hash if state.next_pack else None
    if as_json:
        facts = {"account_id": str(account), "version": receipt.version}
        print(json.dumps({**facts, "pack_hash": state.pack_hash, "next_pack_hash": waiting}))
    elif waiting:
        _out.print(f"The pack {waiting} is in force from the next session on.", soft_wrap=True)
    else:
        _out.print(f"The pack {state.pack_hash} is in force.", soft_wrap=True)


def _moved(
    account: UUID,
    agreed: Consent,
    ledger: Ledger,
    *,
    reason: str,
    program_name: str | None,
    phase: str,
    pack_file: Path | None,
) -> Receipt:
    at = datetime.now(UTC)
    if program_name:
        selling = MoveAccountToProgram(
            account_id=account, program=program_name, phase=phase, consent=agreed, reason=reason,
            at=at,
        )  # fmt: skip
        return carry_out(move_account_to_program, selling, ledger)
    moving = MoveAccount(
        account_id=account, pack=pack_in(pack_file), consent=agreed, reason=reason, at=at
    )
    return carry_out(move_account, moving, ledger)


def _pack(program_name: str | None, phase: str, pack_file: Path | None, ledger: Ledger) -> RulePack:
    return pack_on_sale(program_name, phase, ledger) if program_name else pack_in(pack_file)


def _insist_on_one(program_name: str | None, pack_file: Path | None) -> None:
    if (program_name is None) == (pack_file is None):
        raise typer.BadParameter("give --program or --pack")
