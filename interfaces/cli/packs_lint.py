"""`dynasty packs lint`: what the packs do against what the firm's texts say."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Final

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from application.plans.catalogue import Program, program, program_names
from application.plans.contradictions import Contradiction
from application.plans.linting import failing, insist_on_programs
from application.plans.linting import lint as lint_packs
from application.plans.published import published_sources
from interfaces.cli.accounts import AsJson

_out = Console(highlight=False, markup=False)
_PLAN_SIZES: Final = 4
_TOPIC_WIDTH: Final = 22
_NARROW: Final = 100
_SAID_WIDTH_NARROW: Final = 18
_PACK_WIDTH: Final = 13
_KINDS: Final = {
    "pack": "pack against text",
    "unpublished": "said by no text",
    "decision": "pack against its decision",
    "sources": "text against text",
    "within": "text against itself",
}


def lint(
    source: Annotated[
        str | None, typer.Option(help="Only what this text takes part in, such as rules-page.")
    ] = None,
    program_name: Annotated[
        str | None,
        typer.Option("--program", help="Only these programs: a name, or a pattern such as *-50k."),
    ] = None,
    sources: Annotated[
        Path | None,
        typer.Option("--sources", metavar="DIR", help="Other texts than the firm's (*.toml)."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Name every contradiction between the packs and the published texts, and among the texts.

    Exit 1 when a pack contradicts a text, or says what no text says, and no decision of its program
    file covers it.
    """
    texts = published_sources(sources)
    if source is not None and source not in {each.name for each in texts}:
        known = ", ".join(each.name for each in texts)
        raise typer.BadParameter(f"there is no text {source}; there are {known}")
    insist_on_programs(_named(None), texts)
    found = [
        each
        for each in lint_packs(_named(program_name), texts)
        if source is None or source in {answer.source for answer in each.answers}
    ]
    left = failing(found)
    if as_json:
        print(json.dumps({"contradictions": [asdict(each) for each in found], "open": len(left)}))
    else:
        _print(found, left, texts=len(texts))
    if left:
        raise typer.Exit(1)


def _named(pattern: str | None) -> Sequence[Program]:
    names = [name for name in program_names() if fnmatchcase(name, pattern or "*")]
    if not names:
        raise typer.BadParameter(f"no program is called {pattern}")
    return [program(name) for name in names]


def _print(found: Sequence[Contradiction], left: Sequence[Contradiction], *, texts: int) -> None:
    for kind, title in _KINDS.items():
        rows = [each for each in found if each.kind == kind]
        if rows:
            _out.print(_table(title, rows))
    states = Counter(each.state for each in found)
    _out.print(
        f"{len(found)} contradictions in {texts} texts: {states['decided']} decided,"
        f" {states['open']} open, of which {len(left)} must be decided."
    )


def _table(title: str, rows: Sequence[Contradiction]) -> Table:
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("topic and programs", width=_TOPIC_WIDTH)
    # The longest name of a text, with its colon, is not broken.
    said_width = _SAID_WIDTH_NARROW if _out.width < _NARROW else None
    table.add_column("what is said", width=said_width, overflow="fold")
    table.add_column("pack", overflow="fold", max_width=_PACK_WIDTH)
    table.add_column("decision", overflow="fold")
    for each in rows:
        said = "\n".join(f"{answer.source}: {answer.value}" for answer in each.answers)
        decided = each.assumption if each.state == "decided" else "open"
        about = "\n".join(part for part in (each.topic, _programs(each), _phases(each)) if part)
        table.add_row(about, said, each.pack or "-", decided)
    return table


def _programs(found: Contradiction) -> str:
    """The programs in few words: a plan that takes part at every size is named once."""
    if len(found.programs) == len(program_names()):
        return "all programs"
    plans = Counter(name.rpartition("-")[0] for name in found.programs)
    whole = [f"{plan}-*" for plan, sizes in plans.items() if sizes == _PLAN_SIZES]
    single = [name for name in found.programs if plans[name.rpartition("-")[0]] != _PLAN_SIZES]
    return ", ".join([*whole, *single])


def _phases(found: Contradiction) -> str:
    phases = [pointer.split("/")[2] for pointer in found.pointers if pointer.startswith("/packs/")]
    return ", ".join(dict.fromkeys(phases))
