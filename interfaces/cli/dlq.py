"""`dynasty dlq`: accounts that are parked behind an event, and how they go on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from getpass import getuser
from typing import Annotated, Any, Final

import typer
from rich.console import Console

from application.context import CommandContext, acting
from application.dead_letters.ordering import (
    OrderDiscard,
    OrderRetry,
    Stopped,
    order_discard,
    order_retry,
)
from application.log import LogSelection
from application.pipeline import carry_out
from application.watching.wording import counted
from interfaces.cli.running import configured
from interfaces.cli.tables import add_ids, narrow_table
from interfaces.engine_status import plain
from projections.dead_letters import DeadLetter, Status, letters
from projections.retrying import Attempt, Retrier

app = typer.Typer(no_args_is_help=True, help="Accounts that wait behind an event.")

_out = Console(highlight=False, markup=False)
REASON_LENGTH_MAX: Final = 500

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Letter = Annotated[int, typer.Argument(min=1, metavar="LETTER", help="Its number.")]


@app.command("list")
def list_letters(
    every: Annotated[bool, typer.Option("--all", help="Closed ones, too.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show which accounts are parked, the newest first; at most a thousand."""
    with configured() as runtime, runtime.read_models.connection() as connection:
        found = letters(connection, every=every)
    if as_json:
        _out.print(json.dumps([_document(each) for each in found]), soft_wrap=True)
        return
    if not found:
        _out.print("No account is parked.")
        return
    table = narrow_table()
    table.add_column("letter", justify="right")
    add_ids(table, "stream\nerror", [str(each.stream_id) for each in found])
    table.add_column("event\nread models", overflow="fold")
    table.add_column("status\nattempts", no_wrap=True)
    for each in found:
        table.add_row(
            str(each.letter_id),
            f"{each.stream_id}\n{each.error_code}",
            f"{each.event_type} at {each.ledger_seq}\n{', '.join(each.projections)}",
            f"{each.status}\n{each.attempts}",
        )
    _out.print(table)


@app.command("show")
def show(letter: Letter, as_json: AsJson = False) -> None:
    """Show one event that stopped an account: what it says, what is wrong, what waits behind it."""
    with configured() as runtime:
        retrier = Retrier(runtime.log, runtime.read_models)
        found = retrier.look(letter)
        here = LogSelection(first_seq=found.ledger_seq, last_seq=found.ledger_seq)
        (event,) = runtime.log.select(here, newest_first=False, limit=1)
        waiting = retrier.waiting(found)
    shown = {**_document(found), "waiting": waiting, "event": _plain(event._asdict())}
    if as_json:
        _out.print(json.dumps(shown), soft_wrap=True)
        return
    tried = counted(found.attempts, "time")
    _out.print(f"Letter {found.letter_id}, {found.status}, tried {tried}.")
    _out.print(f"{found.event_type} at position {found.ledger_seq} of {found.stream_id}")
    _out.print(f"stops {', '.join(found.projections)}: {found.sentence}", soft_wrap=True)
    _out.print(f"{counted(waiting, 'later event')} of the stream wait behind it.")
    _out.print(f"recorded {plain(event.recorded_at)} by {event.actor}:")
    _out.print(event.payload, soft_wrap=True)


@app.command("retry")
def retry(
    letter: Letter,
    reason: Annotated[str | None, typer.Option(help="Why now; it stands in the log.")] = None,
    as_json: AsJson = False,
) -> None:
    """Take in the event and what waits behind it, and let the account go on.

    Exit 1 says that it cannot be taken in yet. A letter that is closed is left alone.
    """
    with configured() as runtime:
        retrier = Retrier(runtime.log, runtime.projector)
        found = retrier.look(letter)
        if found.status == "parked":
            command = OrderRetry(
                stopped=_stopped(found), attempts=found.attempts, at=datetime.now(UTC)
            )
            with acting(_context(reason)):
                carry_out(order_retry, command, runtime.ledger)
        _tell(retrier.retry(letter), was=found, wanted="retried", as_json=as_json)


@app.command("discard")
def discard(
    letter: Letter,
    reason: Annotated[
        str, typer.Option(help="Why the account may go on without it; it stands in the log.")
    ],
    as_json: AsJson = False,
) -> None:
    """Let the account go on without the event, where no figure rests on it.

    Refused for every read model that is strict. A letter that is closed is left alone.
    """
    if not reason.strip() or len(reason) > REASON_LENGTH_MAX:
        raise typer.BadParameter(f"--reason has 1 to {REASON_LENGTH_MAX} characters")
    with configured() as runtime:
        retrier = Retrier(runtime.log, runtime.projector)
        found = retrier.look(letter)
        if found.status == "parked":
            retrier.insist_on_discardable(found)
            command = OrderDiscard(stopped=_stopped(found), reason=reason, at=datetime.now(UTC))
            with acting(_context(reason)):
                carry_out(order_discard, command, runtime.ledger)
        _tell(retrier.discard(letter), was=found, wanted="discarded", as_json=as_json)


def _tell(attempt: Attempt, *, was: DeadLetter, wanted: Status, as_json: bool) -> None:
    now = attempt.letter
    if as_json:
        _out.print(json.dumps({**_document(now), "events": attempt.events}), soft_wrap=True)
    elif was.status != "parked":
        _out.print(f"Letter {now.letter_id} was {now.status} before; nothing was done.")
    elif attempt.still is not None:
        still = attempt.still
        _out.print(
            f"It still fails, at position {still.facts['ledger_seq']} in"
            f" {still.facts['projection']}: {still.cause_sentence} The account stays parked; run"
            " the release that can take the event in, or mend what is wrong, then retry again.",
            soft_wrap=True,
        )
    else:
        taken = counted(attempt.events, "event")
        _out.print(f"Letter {now.letter_id} is {now.status}: {taken} taken in.")
    if attempt.still is not None or now.status != wanted:
        raise typer.Exit(1)


def _stopped(found: DeadLetter) -> Stopped:
    return Stopped(
        letter=found.letter_id,
        ledger_seq=found.ledger_seq,
        stream=found.stream_id,
        event_type=found.event_type,
        projections=tuple(found.projections),
        error_code=found.error_code,
        sentence=found.sentence,
    )


def _context(reason: str | None) -> CommandContext:
    return CommandContext(actor=f"cli:{getuser()}", reason=reason)


def _document(found: DeadLetter) -> Mapping[str, Any]:
    return _plain(asdict(found))


def _plain(document: Mapping[str, Any]) -> Mapping[str, Any]:
    return {name: plain(value) for name, value in document.items()}
