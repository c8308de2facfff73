"""`dynasty scenario`: rules written down with worked numbers, run on the live engine."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from application.scenarios.format import read_scenario
from application.scenarios.runner import Outcome, run_scenario
from domain.documents import Unreadable

app = typer.Typer(no_args_is_help=True, help="Run scenario files on the engine of live accounts.")

FILE_BYTES_MAX = 64 * 1024 * 1024
_out = Console(highlight=False)
_err = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)


@app.callback()
def _subject() -> None:
    """Run scenario files on the engine of live accounts."""


@app.command("run")
def run(
    files: Annotated[
        list[Path],
        typer.Argument(help="Scenario files (JSON), or folders of them.", metavar="FILE..."),
    ],
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object a file, on one line each.")
    ] = False,
) -> None:
    """Run each file; a folder stands for the *.json files in it, by name.

    Exit 0: all holds; 1: an expectation does not; 2: a file is unreadable.
    """
    worst = 0
    for file in _scenarios(files):
        worst = max(worst, _run_one(file, as_json=as_json))
    raise typer.Exit(worst)


def _scenarios(named: Sequence[Path]) -> Iterator[Path]:
    for path in named:
        # A folder without any is refused like a file that cannot be opened.
        yield from sorted(path.glob("*.json")) or [path]


def _run_one(file: Path, *, as_json: bool) -> int:
    try:
        outcome = run_scenario(read_scenario(_read(file)))
    except Unreadable as refusal:
        _err.print(f"{file}: {refusal.sentence}")
        if as_json:
            fault = {"pointer": refusal.facts["pointer"], "reason": refusal.facts["reason"]}
            print(json.dumps({"title": str(file), "ok": False, "failures": [fault], "steps": []}))
        return 2
    if as_json:
        print(json.dumps(_document(outcome)))
    else:
        _show(file, outcome)
    return 0 if outcome.ok else 1


def _read(file: Path) -> bytes:
    try:
        if file.stat().st_size > FILE_BYTES_MAX:
            raise Unreadable.at("", f"the file is larger than {FILE_BYTES_MAX:,} bytes.")
        return file.read_bytes()
    except OSError as fault:
        raise Unreadable.at("", f"the file cannot be opened: {fault.strerror}.") from fault


def _document(outcome: Outcome) -> dict[str, object]:
    return {
        "title": outcome.title,
        "ok": outcome.ok,
        "failures": [asdict(each) for each in outcome.failures],
        "steps": outcome.steps,
    }


def _show(file: Path, outcome: Outcome) -> None:
    table = Table(
        title=Text(f"{outcome.title}  ({file.name})"), title_justify="left", box=box.SIMPLE_HEAD
    )
    for name in ("step", "day", "status"):
        table.add_column(name, no_wrap=True)
    for name in ("balance", "equity", "floor", "day left"):
        table.add_column(name, justify="right", no_wrap=True)
    failed = {failure.step for failure in outcome.failures}
    for step in outcome.steps:
        table.add_row(
            f"{step['step']}{' ✗' if step['step'] in failed else ''}",
            step["trading_day"],
            step["status"],
            step["balance"],
            step["equity"],
            step["floor"] or "-",
            step["daily_loss_left"] or "-",
        )
    _out.print(table)
    for step in outcome.steps:
        for finding in _findings(step):
            _out.print(f"  step {step['step']}: {finding}", markup=False)
    for failure in outcome.failures:
        _out.print(
            f"  ✗ {failure.pointer}: expected {json.dumps(failure.expected)},"
            f" got {json.dumps(failure.actual)}",
            markup=False,
        )
    broken = len(outcome.failures)
    _out.print(f"  {broken} expectations do not hold" if broken else "  all expectations hold")


def _findings(step: dict[str, Any]) -> Iterator[str]:
    for each in step["violations"]:
        yield f"{each['rule']} ({each['effect']}): {each['observed']} against {each['limit']}"
    if order := step["order"]:
        yield (
            "order accepted"
            if order["accepted"]
            else f"order refused: {', '.join(order['reasons'])}"
        )
    if payout := step["payout"]:
        said = "allowed" if payout["allowed"] else f"refused: {', '.join(payout['reasons'])}"
        yield f"payout {said}; at most {payout['maximum']}, to the trader {payout['trader_share']}"
    if step.get("ignored"):
        yield "ignored, the account has failed"
