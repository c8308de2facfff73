"""`dynasty payouts`: asked for, decided and paid, and every rule behind it."""

from __future__ import annotations

import getpass
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar
from uuid import UUID

import typer
from uuid_utils.compat import uuid7

from application.accounts import payout_handlers as handlers
from application.accounts.payout_commands import (
    ApprovePayout,
    CancelPayout,
    PayPayout,
    RejectPayout,
    RequestPayout,
)
from application.accounts.payout_eligibility import eligibility_of
from application.context import CommandContext, acting
from application.ledger import Ledger, Receipt
from application.pipeline import carry_out
from domain.accounts.account import TradingAccount
from domain.accounts.errors import PayoutUnknown
from domain.accounts.payout_grounds import REJECTION_CODES, Grounds
from domain.documents import Place
from interfaces.bootstrap.runtime import Runtime
from interfaces.cli.ids import account_id, trader_id
from interfaces.cli.payout_views import (
    document_of,
    eligibility_document,
    out,
    show_list,
    show_one,
    show_rules,
)
from interfaces.cli.reading import rows_of
from interfaces.cli.running import configured
from interfaces.payout_rows import DECISIONS, PAYOUT, PAYOUTS

app = typer.Typer(no_args_is_help=True, help="Ask for payouts, decide on them, see why.")
TCommand = TypeVar("TCommand")

Account = Annotated[
    UUID, typer.Argument(parser=account_id, metavar="ACCOUNT", help="The account's id.")
]
Payout = Annotated[str, typer.Argument(metavar="PAYOUT", help="The payout's identifier.")]
Amount = Annotated[str, typer.Argument(metavar="AMOUNT", help="Dollars, such as 500.00.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
Seen = Annotated[
    int | None,
    typer.Option("--expected-version", min=1, help="Refuse if the account is at another version."),
]


@app.command("list")
def list_(
    status: Annotated[str | None, typer.Option(help=f"Only these: {', '.join(DECISIONS)}.")] = None,
    trader: Annotated[
        UUID | None, typer.Option(help="Only this trader's.", parser=trader_id, metavar="TRADER")
    ] = None,
    account: Annotated[
        UUID | None, typer.Option(help="Only this account's.", parser=account_id, metavar="ACCOUNT")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="The newest so many.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List payouts, newest first."""
    if status is not None and status not in DECISIONS:
        raise typer.BadParameter(f"--status is one of {', '.join(DECISIONS)}")
    asked = {"status": status, "trader_id": trader, "account_id": account}
    given = {name: value for name, value in asked.items() if value is not None}
    where = f" WHERE {' AND '.join(f'{name} = %s' for name in given)}" if given else ""
    query = f"{PAYOUTS}{where} ORDER BY requested_seq DESC LIMIT %s"
    with configured() as runtime:
        rows = _rows(runtime, query, *given.values(), limit)
    if as_json:
        print(json.dumps([document_of(row) for row in rows], ensure_ascii=False))
    else:
        show_list(rows)


@app.command("show")
def show(account: Account, payout: Payout, as_json: AsJson = False) -> None:
    """Show a payout with every decision, who made it, and its table of rules."""
    with configured() as runtime:
        rows = _rows(runtime, PAYOUT, account, payout)
    if not rows:
        raise PayoutUnknown(f"The account has no payout {payout}; list its payouts for their ids.")
    if as_json:
        print(json.dumps(document_of(rows[0]), ensure_ascii=False))
    else:
        show_one(rows[0])


@app.command("eligibility")
def eligibility(
    account: Account,
    amount: Annotated[
        str | None, typer.Option(help="Dollars; left out, the most that could be asked for.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show every rule as it stands now, and what is missing. Nothing is reserved by asking."""
    wanted = None if amount is None else Place(amount, "--amount").amount()
    with configured() as runtime:
        state = runtime.ledger.load(TradingAccount, account).state
    found = eligibility_of(state, amount=wanted, at=datetime.now(UTC))
    if as_json:
        print(json.dumps(eligibility_document(found)))
        return
    answer = found.answer
    out.print("Allowed." if answer.allowed else f"Not allowed: {', '.join(answer.reasons)}.")
    out.print(f"At most {answer.maximum}; a request now is handled on {found.process_on}.")
    show_rules(found.rules)


@app.command("request")
def request(
    account: Account,
    amount: Amount,
    payout_id: Annotated[
        str | None, typer.Option("--id", help="The payout's identifier; a new one when left out.")
    ] = None,
    expected_version: Seen = None,
    as_json: AsJson = False,
) -> None:
    """Ask for a payout; if every rule allows it, the amount is reserved."""
    command = RequestPayout(
        account_id=account,
        payout_id=Place(payout_id or str(uuid7()), "--id").text(at_most=64),
        amount=Place(amount, "AMOUNT").amount(),
        at=datetime.now(UTC),
        expected_version=expected_version,
    )
    _hand_in(handlers.request_payout, command, command.payout_id, "requested", as_json=as_json)


@app.command("approve")
def approve(
    account: Account,
    payout: Payout,
    expected_version: Annotated[
        int, typer.Option(min=1, help="The account's version that you decided on; see `show`.")
    ],
    as_json: AsJson = False,
) -> None:
    """Agree to a requested payout, if its amount is still there."""
    command = ApprovePayout(
        account_id=account,
        payout_id=payout,
        at=datetime.now(UTC),
        expected_version=expected_version,
    )
    _hand_in(handlers.approve_payout, command, payout, "approved", as_json=as_json)


@app.command("reject")
def reject(
    account: Account,
    payout: Payout,
    *,
    reason: Annotated[
        list[str], typer.Option(help=f"One or more of: {', '.join(sorted(REJECTION_CODES))}.")
    ],
    explanation: Annotated[str, typer.Option(help="A sentence for the trader.")],
    evidence: Annotated[
        list[int], typer.Option(help="One or more events of the account, by their versions.")
    ],
    expected_version: Seen = None,
    as_json: AsJson = False,
) -> None:
    """Refuse a payout that is not paid yet; what it reserved is free again."""
    grounds = Grounds(reasons=tuple(reason), explanation=explanation, evidence=tuple(evidence))
    command = RejectPayout(
        account_id=account,
        payout_id=payout,
        grounds=grounds,
        at=datetime.now(UTC),
        expected_version=expected_version,
    )
    _hand_in(handlers.reject_payout, command, payout, "rejected", as_json=as_json, why=explanation)


@app.command("cancel")
def cancel(
    account: Account, payout: Payout, expected_version: Seen = None, as_json: AsJson = False
) -> None:
    """Take a request back that was not decided yet; what it reserved is free again."""
    command = CancelPayout(
        account_id=account,
        payout_id=payout,
        at=datetime.now(UTC),
        expected_version=expected_version,
    )
    _hand_in(handlers.cancel_payout, command, payout, "cancelled", as_json=as_json)


@app.command("pay")
def pay(
    account: Account,
    payout: Payout,
    reference: Annotated[str, typer.Option(help="The name that whoever paid has for it.")],
    expected_version: Seen = None,
    as_json: AsJson = False,
) -> None:
    """Say that an approved payout was paid: its amount leaves the account."""
    command = PayPayout(
        account_id=account,
        payout_id=payout,
        reference=Place(reference, "--reference").text(at_most=100),
        at=datetime.now(UTC),
        expected_version=expected_version,
    )
    _hand_in(handlers.pay_payout, command, payout, "paid", as_json=as_json)


def _hand_in(
    handler: Callable[[TCommand, Ledger], Receipt],
    command: TCommand,
    payout: str,
    done: str,
    *,
    as_json: bool,
    why: str | None = None,
) -> None:
    context = CommandContext(actor=f"cli:{getpass.getuser()}", reason=why)
    with configured() as runtime, acting(context):
        receipt = carry_out(handler, command, runtime.ledger)
    recorded = receipt.position is not None
    if as_json:
        said = {"payout_id": payout, "version": receipt.version, "recorded": recorded}
        print(json.dumps({"account_id": str(receipt.stream_id), **said}))
        return
    before = "" if recorded else " before; nothing changed"
    out.print(f"Payout {payout}: {done}{before}.")
    out.print(f"The account is at version {receipt.version}.")


def _rows(runtime: Runtime, query: str, *values: object) -> Sequence[Mapping[str, Any]]:
    return rows_of(runtime, ("accounts", "payouts"), query.encode(), values)
