"""`dynasty certificate`: a verdict with all it rests on, made, run again, and shown."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer
from rich import box
from rich.console import Console
from rich.table import Table
from typer.core import TyperGroup
from typing_extensions import override

from application.audit.documents import moment_text
from application.certificates.errors import CertificateNotSound
from application.certificates.finding import PIECE, is_ending, opening_of, verdicts_before
from application.certificates.kinds import KINDS
from application.certificates.making import make_certificate
from application.certificates.verifying import Findings, verify_certificate
from application.errors import StreamNotFound
from application.log import Log, RecordedEvent
from domain.documents import canonical_json
from interfaces.bootstrap.starting import event_codec, running
from interfaces.cli.files import read_bounded, write_whole
from interfaces.cli.ids import account_id
from interfaces.cli.progress import counting
from interfaces.cli.tables import add_ids
from interfaces.pages.certificate_page import page_of
from interfaces.pages.verdict_words import summary_of
from interfaces.settings import load_settings

_HTML = (".html", ".htm")
_NOT_SOUND = 1
_out = Console(highlight=False, markup=False)
_told = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)


class MakesByDefault(TyperGroup):
    """What is no command is an account: `dynasty certificate ACCOUNT` makes one."""

    default_command = "make"

    @override
    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put the command in front where it was left out."""
        if args and args[0] not in self.commands and args[0] not in ctx.help_option_names:
            args = [self.default_command, *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    cls=MakesByDefault,
    no_args_is_help=True,
    help="Make the certificate of a verdict, and run one again: `dynasty certificate ACCOUNT -o"
    " FILE`, `dynasty certificate verify FILE`.",
)

Account = Annotated[
    UUID, typer.Argument(parser=account_id, metavar="ACCOUNT", help="The account's id.")
]
CertificateFile = Annotated[
    Path, typer.Argument(metavar="FILE", help="A certificate, as it was given out.")
]


@app.command("make")
def make(
    account: Account,
    verdict: Annotated[
        str | None,
        typer.Option(
            metavar="ID",
            help="The verdict's event id, or its version as v57. Left out: the one that ended the"
            " account, else the newest.",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", metavar="FILE", help="Where to; a page for people when it ends in .html."
        ),
    ] = None,
) -> None:
    """Make a certificate; `dynasty certificate ACCOUNT` is the same. Without -o it is printed."""
    settings, codec = load_settings(), event_codec()
    with (
        running(settings, data_dir=settings.data_dir) as runtime,
        counting("events", total=None) as advance,
    ):
        made = make_certificate(runtime.log, codec, account, verdict, told=advance)
    if out is None or str(out) == "-":
        typer.echo(made.text.encode(), nl=False)
        return
    as_page = out.suffix.lower() in _HTML
    write_whole(out, page_of(made.document, codec) if as_page else made.text)
    found = made.document["verdict"]
    _told.print(
        f"Wrote {out}: {found['kind']} {found['id']}, {len(made.document['events']):,} events,"
        f" digest {made.digest}."
    )


@app.command("list")
def list_(
    account: Account,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object a verdict, on one line each.")
    ] = False,
) -> None:
    """List the verdicts of an account, newest first, each with the id that --verdict takes."""
    settings = load_settings()
    with running(settings, data_dir=settings.data_dir) as runtime:
        log = runtime.log
        if opening_of(log, account) is None:
            raise StreamNotFound(f"There is no account {account}; check the identifier.")
        found = (_listed(log, each) for each in _verdicts(log, account))
        if as_json:
            for each in found:
                print(json.dumps(each, ensure_ascii=False))
        else:
            _print_table(found)


@app.command("verify")
def verify(file: CertificateFile) -> None:
    """Run a certificate again, without a database or network, and print its verdict.

    Exit 0: the verdict is what its own events come to. Exit 1: it is not, and where. Exit 2: the
    file cannot be read.
    """
    findings = verify_certificate(read_bounded(file), event_codec())
    if findings.document is None:
        _tell_differences(findings)
        raise typer.Exit(_NOT_SOUND)
    typer.echo(f"{canonical_json(findings.document['verdict'])}\n".encode(), nl=False)


@app.command("page")
def page(
    file: CertificateFile,
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="FILE", help="Where to, such as page.html.")
    ],
) -> None:
    """Draw the page of a certificate for people, once it has been run again."""
    codec = event_codec()
    findings = verify_certificate(read_bounded(file), codec)
    if findings.document is None:
        raise CertificateNotSound(
            f"{file} does not verify, so no page is drawn from it: {findings.differences[0]}."
            " Ask for the certificate again.",
            place=findings.differences[0].pointer,
        )
    write_whole(out, page_of(findings.document, codec))
    _told.print(f"Wrote {out}.")


def _tell_differences(findings: Findings) -> None:
    _told.print("NOT SOUND: the certificate does not say what its own events come to.")
    for each in findings.differences:
        _told.print(str(each))


def _verdicts(log: Log, account: UUID) -> Iterator[RecordedEvent]:
    before: int | None = None
    while piece := verdicts_before(log, account, before_seq=before, limit=PIECE):
        yield from piece
        before = piece[-1].ledger_seq


def _listed(log: Log, recorded: RecordedEvent) -> dict[str, Any]:
    return {
        "verdict": str(recorded.event_id),
        "version": recorded.stream_version,
        "kind": KINDS[recorded.event_type],
        "type": recorded.event_type,
        "ends_account": is_ending(log, recorded),
        "effective_at": moment_text(recorded.effective_at),
        "summary": summary_of(log.decode(recorded)),
    }


def _print_table(verdicts: Iterator[dict[str, Any]]) -> None:
    _out.print(_verdicts_table(list(verdicts)) or "Nothing was decided about this account yet.")


def _verdicts_table(verdicts: Sequence[dict[str, Any]]) -> Table | None:
    table = Table(box=box.SIMPLE_HEAD, show_lines=True)
    add_ids(table, "verdict", [each["verdict"] for each in verdicts])
    table.add_column("when\nwhy")
    for each in verdicts:
        ending = ", ends the account" if each["ends_account"] else ""
        table.add_row(
            f"{each['verdict']}\nv{each['version']}: {each['kind']}{ending}",
            f"{each['effective_at']}\n{each['summary']}",
        )
    return table if verdicts else None
