"""`dynasty whatif`: recorded histories under another pack, or as they might have been traded."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from application.errors import StreamNotFound
from application.plans.catalogue import program
from application.whatif.answers import Answer
from application.whatif.documents import summary_document
from application.whatif.evaluating import Judges, evaluate
from application.whatif.evaluating import Progress as Told
from application.whatif.questions import Question, checked
from domain.accounts.counterfactuals.asking import Counterfactual, size_of
from domain.documents import Place, Unreadable, canonical_json, read_json
from domain.rules.pack import RulePack
from domain.rules.reading import read_pack
from interfaces.bootstrap.runtime import Runtime
from interfaces.bootstrap.starting import running
from interfaces.cli.ids import account_id
from interfaces.cli.whatif_tables import show_accounts, show_answer, show_totals
from interfaces.settings import load_settings
from interfaces.whatif.files import answer_files
from interfaces.whatif.judging import PROCESSES_MAX, Here, Processes, cores

SHOWN_MAX = 20
_err = Console(stderr=True, highlight=False, markup=False)


PackNamed = Annotated[
    str | None,
    typer.Option(metavar="FILE", help="A rule pack (JSON), or PROGRAM:PHASE of one sold."),
]
Account = Annotated[
    UUID | None, typer.Option(parser=account_id, metavar="ACCOUNT", help="Only this one.")
]
Plan = Annotated[str | None, typer.Option(help="Only the accounts of this plan.")]
Every = Annotated[bool, typer.Option("--all", help="Every account of the log.")]
Alike = Annotated[
    bool, typer.Option("--alike", help="Only accounts of the pack's own phase and balance.")
]
Start = Annotated[
    str | None, typer.Option("--from", metavar="TIME", help="Accounts with an event then or later.")
]
End = Annotated[
    str | None,
    typer.Option(
        "--to", metavar="TIME", help="Histories end before then, and time passes up to it."
    ),
]
Size = Annotated[str, typer.Option(help="Trade this part of the contracts, such as 1/2.")]
Stop = Annotated[
    bool, typer.Option("--stop-after-first-loss", help="Open nothing after a day's first loss.")
]
Without = Annotated[
    list[str] | None,
    typer.Option(metavar="TRADE_ID", help="Leave this trade out; give it again for more."),
]
CsvFile = Annotated[
    Path | None, typer.Option("--csv", metavar="FILE", help="Write every flip as CSV.")
]
Directory = Annotated[
    Path | None,
    typer.Option("--out", metavar="DIR", help="Write summary, flips and accounts: a new DIR."),
]
Many = Annotated[
    int | None,
    typer.Option(min=1, max=PROCESSES_MAX, help="How many work side by side. Default: cores."),
]


def whatif(
    *,
    pack: PackNamed = None,
    account: Account = None,
    plan: Plan = None,
    every: Every = False,
    alike: Alike = False,
    start: Start = None,
    end: End = None,
    size: Size = "1",
    stop_after_first_loss: Stop = False,
    without: Without = None,
    csv_file: CsvFile = None,
    out: Directory = None,
    processes: Many = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Judge recorded histories anew and list every outcome that flips. Nothing is written.

    Name a pack, or what should have been traded less, or both.
    """
    if [account is not None, plan is not None, every].count(True) != 1:
        raise typer.BadParameter("give one of --account, --plan and --all")
    question = checked(
        Question(
            pack=None if pack is None else _pack_named(pack),
            asked=Counterfactual(
                size=size_of(size),
                stop_after_first_loss=stop_after_first_loss,
                without=frozenset(without or ()),
            ),
            account=account,
            plan=plan,
            alike=alike,
            start=_moment("--from", start),
            end=_moment("--to", end),
        )
    )
    settings = load_settings()
    with _telling_of_interruption(), running(settings, data_dir=settings.data_dir) as runtime:
        _answer(
            runtime,
            question,
            processes=processes or cores(),
            csv_file=csv_file,
            directory=out,
            as_json=as_json,
        )


@contextmanager
def _telling_of_interruption() -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        _err.print("Interrupted. No file was written, and nothing else ever is; ask again.")
        raise


def _answer(
    runtime: Runtime,
    question: Question,
    *,
    processes: int,
    csv_file: Path | None,
    directory: Path | None,
    as_json: bool,
) -> None:
    last_seq = runtime.histories.head()
    found = runtime.histories.find(account=question.account, plan=question.plan, last_seq=last_seq)
    if not found:
        raise StreamNotFound(
            "No account of the log is meant by this; check the account, or the name of the plan:"
            " `--all` has a row for each plan there is."
        )
    few = processes == 1 or len(found) == 1
    judges: Judges = Here(runtime.histories, question, last_seq)
    if not few:
        judges = Processes(
            database_url=runtime.database_url,
            question=question,
            last_seq=last_seq,
            processes=processes,
        )
    shown: list[Answer] = []
    with (
        answer_files(csv_file=csv_file, directory=directory) as files,
        _progress() as told,
    ):

        def receive(answer: Answer) -> None:
            files.add(answer)
            if (answer.changed or question.account) and len(shown) < SHOWN_MAX:
                shown.append(answer)

        totals = evaluate(found, judges, receive=receive, progress=told)
        summary = summary_document(question, totals, log_position=last_seq, answers=shown)
        files.finish(summary)
    if as_json:
        sys.stdout.write(f"{canonical_json(summary)}\n")
        return
    show_totals(totals)
    if question.account is None and shown:
        show_accounts(shown, of=totals.all.changed)
    for answer in shown if question.account else ():
        show_answer(answer)


def _pack_named(text: str) -> RulePack:
    """A file, or a program and phase that the firm sells."""
    name, colon, phase = text.partition(":")
    if colon and not Path(text).exists():
        return program(name).pack(phase)
    try:
        return read_pack(read_json(Path(text).read_bytes()))
    except OSError as fault:
        raise Unreadable.at(
            "", f"{text} cannot be opened: {fault.strerror}; name a file, or PROGRAM:PHASE."
        ) from fault


def _moment(option: str, text: str | None) -> datetime | None:
    return None if text is None else Place(text, option).moment()


@contextmanager
def _progress() -> Iterator[Told]:
    """A bar on a terminal, nothing elsewhere."""
    columns = (
        TextColumn("judging events"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=_err, disable=not _err.is_terminal) as bars:
        task = bars.add_task("judging events", total=None)
        yield lambda done, total: bars.update(task, completed=done, total=total)
