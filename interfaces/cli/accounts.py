"""`dynasty accounts` and `dynasty programs`: what is sold, opened, and where it stands."""

from __future__ import annotations

import getpass
import json
from dataclasses import asdict, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer
from rich import box
from rich.console import Console
from rich.table import Table
from uuid_utils.compat import uuid7

from application.accounts.commands import CloseDay, OpenAccount
from application.accounts.handlers import close_day, open_account
from application.accounts.moving import OpenProgramAccount, open_program_account
from application.accounts.queries import NOW, TwoClocks, account_as_known
from application.context import CommandContext, acting
from application.pipeline import carry_out
from application.plans.catalogue import program, program_names
from domain.accounts.account import TradingAccount
from domain.accounts.outlook import outlook_of
from domain.accounts.sizes import ADVERSE_TICKS
from domain.accounts.standing import Standing, standing_of
from domain.documents import Place, Unreadable, read_json
from domain.market.calendar import session_open
from domain.money import USD
from domain.rules.canonical import document_of, hash_of
from domain.rules.objectives import Consistency, Target
from domain.rules.pack import RulePack
from domain.rules.reading import read_pack
from interfaces.bootstrap.starting import running
from interfaces.cli.ids import account_id, trader_id
from interfaces.cli.outlook_tables import outlook_document, print_outlook
from interfaces.settings import load_settings

app = typer.Typer(no_args_is_help=True, help="Open accounts and see where they stand.")
programs_app = typer.Typer(no_args_is_help=True, help="The programs that the firm sells.")
_out = Console(highlight=False, markup=False)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
Account = Annotated[
    UUID, typer.Argument(help="The account's id.", parser=account_id, metavar="ACCOUNT")
]


@app.command("open")
def open_(
    trader: Annotated[
        UUID, typer.Option(help="The trader's id.", parser=trader_id, metavar="TRADER")
    ],
    *,
    program_name: Annotated[
        str | None, typer.Option("--program", help="A program, such as standard-25k.")
    ] = None,
    phase: Annotated[str, typer.Option(help="evaluation or funded, of a program.")] = "evaluation",
    pack_file: Annotated[
        Path | None, typer.Option("--pack", help="A rule pack of its own instead (JSON).")
    ] = None,
    account: Annotated[
        UUID | None,
        typer.Option(
            help="The account's id; a new one when left out.", parser=account_id, metavar="ACCOUNT"
        ),
    ] = None,
    opened_on: Annotated[
        str | None,
        typer.Option(help="The trading day it opens with, such as 2025-10-08; now when left out."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Open an account under the rule pack of a program, or under one of its own."""
    if (program_name is None) == (pack_file is None):
        raise typer.BadParameter("give --program or --pack")
    settings = load_settings()
    at = datetime.now(UTC) if opened_on is None else session_open(Place(opened_on).day())
    account_id = account or uuid7()
    with running(settings, data_dir=settings.data_dir) as runtime, acting(cli_context()):
        if program_name:
            selling = OpenProgramAccount(
                account_id=account_id, trader_id=trader, plan=program_name,
                program=program_name, phase=phase, at=at,
            )  # fmt: skip
            receipt = carry_out(open_program_account, selling, runtime.ledger)
        else:
            command = OpenAccount(
                account_id=account_id, trader_id=trader, plan="custom",
                pack=pack_in(pack_file), at=at,
            )  # fmt: skip
            receipt = carry_out(open_account, command, runtime.ledger)
        name = runtime.ledger.load(TradingAccount, receipt.stream_id).state.pack.name
    if as_json:
        print(json.dumps({"account_id": str(receipt.stream_id), "version": receipt.version}))
    else:
        _out.print(f"Opened account {receipt.stream_id} under {name}.", soft_wrap=True)


@app.command("show")
def show(
    account: Account,
    adverse_ticks: Annotated[
        int,
        typer.Option(
            min=1, max=1_000_000, help="The adverse move that the largest sizes must stand."
        ),
    ] = ADVERSE_TICKS,
    as_of: Annotated[
        str | None,
        typer.Option("--as-of", help="What was true then, such as 2025-10-08T15:30:00Z."),
    ] = None,
    known_at: Annotated[
        str | None, typer.Option("--known-at", help="By what had been recorded then.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show an account: figures, limits, largest sizes and next steps; as it is now, or was."""
    clocks = TwoClocks(
        as_of=Place(as_of, "--as-of").moment() if as_of is not None else None,
        known_at=Place(known_at, "--known-at").moment() if known_at is not None else None,
    )
    settings = load_settings()
    with running(settings, data_dir=settings.data_dir) as runtime:
        found = (
            runtime.ledger.load(TradingAccount, account)
            if clocks == NOW
            else account_as_known(runtime.log, account, clocks)
        )
    figures = _figures(standing_of(found.state))
    outlook = outlook_of(found.state, at=found.modified_on, adverse_ticks=adverse_ticks)
    if as_json:
        head = {"account_id": str(account), "version": found.version}
        print(json.dumps({**head, **figures, **outlook_document(outlook)}))
        return
    table = Table("figure", "value", box=box.SIMPLE_HEAD)
    for name, value in figures.items():
        table.add_row(name, "-" if value is None else str(value))
    _out.print(table)
    print_outlook(_out, outlook)


@app.command("close-day")
def close(
    account: Account, day: Annotated[str, typer.Argument(help="The trading day, as 2025-10-08.")]
) -> None:
    """End a trading day of an account; once its session is over, and once only."""
    settings = load_settings()
    command = CloseDay(account_id=account, day=Place(day).day(), at=datetime.now(UTC))
    with running(settings, data_dir=settings.data_dir) as runtime, acting(cli_context()):
        receipt = carry_out(close_day, command, runtime.ledger)
    said = "was closed before" if receipt.position is None else "is closed"
    _out.print(f"The trading day {day} {said}; the account is at version {receipt.version}.")


@programs_app.command("list")
def list_programs(as_json: AsJson = False) -> None:
    """List the programs, their prices and what they ask for."""
    programs = [program(name) for name in program_names()]
    if as_json:
        for each in programs:
            prices = {key: str(price) for key, price in each.prices.items()}
            print(json.dumps({"program": each.name, "prices": prices, "phases": list(each.packs)}))
        return
    table = Table("program", box=box.SIMPLE_HEAD)
    for name in ("price", "activation", "target", "max loss", "daily loss", "days"):
        table.add_column(name, justify="right")
    for each in programs:
        pack = each.pack("evaluation")
        table.add_row(
            each.name,
            str(each.prices["evaluation"]),
            str(each.prices["activation"]),
            str(pack.profit_target),
            str(pack.max_loss.amount if pack.max_loss else "-"),
            str(pack.daily_loss.amount if pack.daily_loss else "-"),
            str(pack.minimum_trading_days or 0),
        )
    _out.print(table)


@programs_app.command("show")
def show_program(
    name: Annotated[str, typer.Argument(help="A program, such as standard-25k.")],
    as_json: AsJson = False,
) -> None:
    """Show a program's rule packs, their hashes, and every assumption made for it."""
    found = program(name)
    packs = {
        phase: {"hash": hash_of(pack), "rules": document_of(pack)}
        for phase, pack in found.packs.items()
    }
    if as_json:
        decisions = [asdict(each) for each in found.decisions]
        print(json.dumps({"program": name, "packs": packs, "decisions": decisions}))
        return
    for phase, pack in packs.items():
        _out.print(f"{phase}: {pack['hash']}")
        _out.print_json(data=pack["rules"])
    _out.print("Open product decisions, and what is assumed:")
    for each in found.decisions:
        value = "left out" if each.value is None else each.value
        _out.print(f"- {each.pointer} = {value}: {each.question} {each.assumption}")


def cli_context() -> CommandContext:
    """Whoever typed it."""
    return CommandContext(actor=f"cli:{getpass.getuser()}")


def pack_in(file: Path | None) -> RulePack:
    """The rule pack in a file. Refuses with Unreadable."""
    assert file is not None, "one of both was given"
    try:
        return read_pack(read_json(file.read_bytes()))
    except OSError as fault:
        raise Unreadable.at("", f"{file} cannot be opened: {fault.strerror}.") from fault


def _figures(standing: Standing) -> dict[str, Any]:
    """Every figure by its name; money as decimal text."""
    found: dict[str, Any] = {}
    for each in fields(standing):
        value = getattr(standing, each.name)
        match value:
            case USD():
                found[each.name] = str(value)
            case Target():
                found |= {"target_required": str(value.required), "target_reached": value.reached}
            case Consistency():
                found |= {"consistency_ratio": value.ratio, "consistency_met": value.met}
            case _:
                found[each.name] = value
    return found
