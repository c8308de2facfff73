"""`dynasty packs lint`: exit 0 when every contradiction is decided, 1 when not."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from domain.documents import Unreadable
from interfaces.cli.main import app

HEAD = 'title = "T"\nkind = "public"\ndate = "2026-01-01"\nplace = "p"\n'


def run(*arguments: str, columns: int = 110) -> Result:
    return CliRunner().invoke(app, ["packs", "lint", *arguments], env={"COLUMNS": str(columns)})


def found(*arguments: str) -> list[dict[str, Any]]:
    result = run(*arguments, "--json")
    contradictions: list[dict[str, Any]] = json.loads(result.stdout)["contradictions"]
    return contradictions


def texts(folder: Path, statement: str) -> str:
    text = f'{HEAD}[[statement]]\nid = "a"\ntopic = "target"\nsays = "s"\n{statement}\n'
    (folder / "page.toml").write_text(text)
    return str(folder)


def test_the_packs_as_shipped_pass() -> None:
    result = run()
    assert result.exit_code == 0, result.output
    assert "of which 0 must be decided." in result.output


@pytest.mark.parametrize("title", ["pack against text", "said by no text", "text against text",
                                   "text against itself"])  # fmt: skip
def test_every_kind_has_its_table(title: str) -> None:
    assert title in run().output


def test_no_line_is_wider_than_the_terminal() -> None:
    assert max(map(len, run().output.splitlines())) <= 110


@pytest.mark.parametrize("columns", [80, 100, 160])
def test_no_word_is_cut_off(columns: int) -> None:
    shown = run(columns=columns).output
    assert max(map(len, shown.splitlines())) <= columns
    told = {word for each in found() for word in (each["assumption"] or "").split()}
    told |= {f"{answer['source']}:" for each in found() for answer in each["answers"]}
    assert not {word for word in told if word not in shown}


def test_json_says_the_same_as_the_table() -> None:
    topics = {each["topic"] for each in found()}
    assert {"max-loss-kind", "platform", "monthly-flush", "trailing-lock"} <= topics
    assert all(topic in run().output for topic in topics)


def test_only_one_text_when_asked() -> None:
    for each in found("--source", "live-faq"):
        assert "live-faq" in {answer["source"] for answer in each["answers"]}


def test_only_some_programs_when_asked() -> None:
    programs = {name for each in found("--program", "*-50k") for name in each["programs"]}
    assert programs == {"advanced-50k", "dynasty-50k", "standard-50k"}


@pytest.mark.parametrize("option", [["--source", "nowhere"], ["--program", "gold-*"]])
def test_names_that_are_none_are_refused(option: list[str]) -> None:
    assert run(*option).exit_code == 2


def test_a_text_that_contradicts_a_pack_fails(tmp_path: Path) -> None:
    where = texts(tmp_path, 'value = "9.00"\npointer = "/packs/evaluation/starting_balance"')
    result = run("--sources", where)
    assert result.exit_code == 1
    assert "open" in result.output
    assert json.loads(run("--sources", where, "--json").stdout)["open"] == 1


def test_a_text_that_agrees_passes(tmp_path: Path) -> None:
    where = texts(tmp_path, 'value = "below"\npointer = "/packs/*/max_loss/breach"')
    assert run("--sources", where).exit_code == 0


def test_texts_that_cannot_be_read_are_refused(tmp_path: Path) -> None:
    assert isinstance(run("--sources", str(tmp_path)).exception, Unreadable)
