"""What the documentation says is so: links lead somewhere, commands run, files are there."""

import json
import os
import re
import runpy
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel
from typer.main import get_command

from domain.rules.pack import RulePack
from interfaces.cli.main import app
from interfaces.demo_data import STRICTER_ACCOUNT
from interfaces.http.app import routes_only
from interfaces.http.command_models import TradeIn
from interfaces.http.opening import AccountIn

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
INDEX = DOCS / "index.md"
TUTORIAL = DOCS / "tutorials" / "first-evaluation.md"
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted(DOCS.rglob("*.md"))]
DECISIONS = sorted((DOCS / "decisions").glob("[0-9]*.md"))
SECTIONS = ["Context", "Decision", "Consequences", "Alternatives", "References"]

FENCE = re.compile(
    r"^(?:<!-- (?P<mark>[^>]+?) -->\n)?```(?P<kind>\w*)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
LINK = re.compile(r"\]\(([^)\s]+)\)")
CODE = re.compile(r"`([^`\n]+)`")
FILE = re.compile(
    r"(?:domain|application|projections|infrastructure|interfaces|tests|docs)/[\w./-]*"
)
DYNASTY = re.compile(r"\bdynasty ([^;|>)\n]+)")


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block and the comment before it: `file: NAME` is written, `run` is run."""

    mark: str
    kind: str
    text: str


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


def blocks_of(page: Path, kind: str | None = None) -> list[Block]:
    found = FENCE.finditer(page.read_text())
    blocks = [Block(each["mark"] or "", each["kind"], each["text"]) for each in found]
    return [block for block in blocks if kind in (None, block.kind)]


def prose_of(page: Path) -> str:
    return FENCE.sub("", page.read_text())


def having(kind: str) -> list[Path]:
    return [page for page in PAGES if blocks_of(page, kind)]


def shown_commands(page: Path) -> list[str]:
    """What a reader may type: lines after a prompt, and whole commands within a sentence."""
    lines = "".join(block.text for block in blocks_of(page, "console")).splitlines()
    typed = [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]
    return typed + CODE.findall(prose_of(page))


def anchors_of(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", prose_of(page), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", each.lower()).replace(" ", "-") for each in headings}


def targets_of(page: Path) -> Iterator[tuple[Path, str]]:
    for link in LINK.findall(prose_of(page)):
        if not link.startswith(("https://", "http://")):
            path, _, anchor = link.partition("#")
            yield (page.parent / path).resolve() if path else page, anchor


every_page = pytest.mark.parametrize("page", PAGES, ids=name_of)


@every_page
def test_every_link_leads_somewhere(page: Path) -> None:
    for target, anchor in targets_of(page):
        assert target.exists(), f"{target} is not there"
        if anchor:
            assert anchor in anchors_of(target), f"{target} has no heading {anchor}"


def test_every_page_is_reached_from_the_index() -> None:
    reached, waiting = set[Path](), [INDEX]
    while waiting:
        page = waiting.pop()
        if page not in reached and page.suffix == ".md":
            reached.add(page)
            waiting += [target for target, _ in targets_of(page) if target.exists()]

    assert set(DOCS.rglob("*.md")) - reached == set()


def test_the_readme_leads_to_the_index() -> None:
    assert INDEX in {target for target, _ in targets_of(ROOT / "README.md")}


@every_page
def test_every_file_that_is_named_is_there(page: Path) -> None:
    named = [each for each in CODE.findall(prose_of(page)) if FILE.fullmatch(each)]

    assert [each for each in named if not (ROOT / each).exists()] == []


@every_page
def test_every_make_target_that_is_shown_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE))
    shown = {
        found[1] for each in shown_commands(page) if (found := re.match(r"make ([a-z]+)", each))
    }

    assert shown <= targets


@every_page
def test_every_dynasty_command_that_is_shown_exists(page: Path) -> None:
    for shown in shown_commands(page):
        for line in DYNASTY.findall(shown):
            insist_on(shlex.split(line))


def insist_on(words: list[str]) -> None:
    """Walk down the tree of commands; what is left are options and arguments of the last one."""
    command: Any = get_command(app)
    while hasattr(command, "commands") and words:
        if words[0] not in command.commands and hasattr(command, "default_command"):
            words.insert(0, command.default_command)
        assert words[0] in command.commands, f"there is no command {' '.join(words)}"
        command = command.commands[words.pop(0)]
    known = {name for each in command.params for name in (*each.opts, *each.secondary_opts)}
    unknown = {word for word in words if word.startswith("--")} - {*known, "--help"}
    assert not unknown, f"{command.name} has no option {', '.join(unknown)}"


@pytest.mark.parametrize("page", having("json"), ids=name_of)
def test_every_json_block_is_json(page: Path) -> None:
    for block in blocks_of(page, "json"):
        json.loads(block.text)


@pytest.mark.parametrize("page", having("python"), ids=name_of)
def test_the_python_of_a_page_runs(page: Path) -> None:
    script = "\n".join(block.text for block in blocks_of(page, "python"))
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr


MARKED = [page for page in PAGES if any(block.mark == "run" for block in blocks_of(page))]


@pytest.mark.parametrize("page", MARKED, ids=name_of)
def test_marked_commands_print_what_the_page_shows(page: Path, tmp_path: Path) -> None:
    for block in blocks_of(page):
        if block.mark.startswith("file: "):
            (tmp_path / block.mark.removeprefix("file: ")).write_text(block.text)
        elif block.mark == "run":
            assert tidied(printed(block.text, tmp_path)) == tidied(block.text)


def printed(text: str, directory: Path) -> str:
    """The commands of a block, each followed by what it prints."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    told = []
    for line in text.splitlines():
        if line.startswith("$ "):
            done = subprocess.run(
                ["sh", "-c", line.removeprefix("$ ")],
                cwd=directory,
                env={"PATH": path, "COLUMNS": "100", "LANG": "C.UTF-8"},
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
            )
            told += [line, done.stdout]
    return "\n".join(told)


def tidied(text: str) -> list[str]:
    """Lines without the blanks that a table pads them with, and without empty ones."""
    return [line.rstrip() for line in text.splitlines() if line.strip()]


def test_the_tutorial_calls_routes_that_exist() -> None:
    routes = routes_only().openapi()["paths"]
    patterns = [re.sub(r"\{\w+\}", "[^/]+", route) for route in routes]
    called = re.findall(r"\$API(/[\w/$]+)", "\n".join(shown_commands(TUTORIAL)))

    assert called
    assert [
        each for each in called if not any(re.fullmatch(every, f"/v1{each}") for every in patterns)
    ] == []


def test_the_tutorial_asks_about_the_demo_account_that_fails() -> None:
    assert f"FAILED=acc_{STRICTER_ACCOUNT}" in "\n".join(shown_commands(TUTORIAL))


@pytest.mark.parametrize(("name", "model"), [("account.json", AccountIn), ("trade.json", TradeIn)])
def test_the_tutorial_sends_bodies_that_are_accepted(name: str, model: type[BaseModel]) -> None:
    (body,) = [block for block in blocks_of(TUTORIAL) if block.mark == f"file: {name}"]

    assert model.model_validate_json(body.text)


def test_decisions_are_numbered_without_gaps() -> None:
    numbers = [int(page.name[:4]) for page in DECISIONS]

    assert numbers == list(range(1, len(DECISIONS) + 1))


@pytest.mark.parametrize("page", DECISIONS, ids=name_of)
def test_every_decision_has_the_form(page: Path) -> None:
    text = page.read_text()

    assert re.match(rf"# {page.name[:4]}\. \S", text)
    assert re.search(r"^- Status: (proposed|accepted|superseded by \d{4})$", text, re.MULTILINE)
    assert re.search(r"^- Date: \d{4}-\d\d-\d\d$", text, re.MULTILINE)
    assert re.search(r"^- Area: \S", text, re.MULTILINE)
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == SECTIONS


def test_the_index_gives_every_decision_its_title() -> None:
    listed = dict(
        re.findall(r"^\| \[\d{4}\]\((\S+)\) \| (.+) \|$", INDEX.read_text(), re.MULTILINE)
    )

    assert listed == titles_of_decisions()


def titles_of_decisions() -> Mapping[str, str]:
    return {
        f"decisions/{page.name}": page.read_text().splitlines()[0].partition(". ")[2]
        for page in DECISIONS
    }


def test_the_page_of_rules_names_every_key_of_a_pack() -> None:
    named = set(CODE.findall(prose_of(DOCS / "explanation" / "rules.md")))
    keys = {each.metadata.get("key", each.name) for each in fields(RulePack)}

    assert {key for key in keys if not any(each.startswith(key) for each in named)} == set()


def test_the_picture_is_what_the_account_draws() -> None:
    drawn = runpy.run_path(str(DOCS / "pictures" / "equity.py"))["drawn"]()

    assert (DOCS / "pictures" / "equity.svg").read_text(encoding="utf-8") == drawn
