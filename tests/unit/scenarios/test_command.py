"""`dynasty scenario run`: exit 0 when all holds, 1 when not, 2 for what is no scenario."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from interfaces.cli.scenario import app
from tests.unit.scenarios.samples import DAY, EQUITY, document

HOLDS = {"day": DAY, "expect": {"balance": "50005.00"}}
FAILS = {"day": DAY, "expect": {"balance": "50006.00", "status": "active"}}


def written(folder: Path, name: str, what: dict[str, Any] | str) -> str:
    file = folder / name
    file.write_text(what if isinstance(what, str) else json.dumps(what))
    return str(file)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["run", *arguments])


@pytest.mark.parametrize(("step", "code"), [(HOLDS, 0), (FAILS, 1), ({"day": {}}, 2)])
@pytest.mark.parametrize("option", [[], ["--json"]])
def test_the_exit_code_says_how_it_went(
    tmp_path: Path, step: dict[str, Any], code: int, option: list[str]
) -> None:
    result = run(written(tmp_path, "a.json", document(step)), *option)
    assert result.exit_code == code, result.output


def test_the_worst_of_several_files_counts_and_all_are_run(tmp_path: Path) -> None:
    files = [
        written(tmp_path, name, document(step))
        for name, step in (("a", HOLDS), ("b", {}), ("c", FAILS), ("d", HOLDS))
    ]
    result = run(*files, "--json")
    assert result.exit_code == 2
    assert [json.loads(line)["ok"] for line in result.stdout.splitlines()] == [
        True, False, False, True,
    ]  # fmt: skip


def test_a_folder_stands_for_the_scenario_files_in_it(tmp_path: Path) -> None:
    for name, step in (("b.json", FAILS), ("a.json", HOLDS), ("FORMAT.md", {})):
        written(tmp_path, name, document(step))
    result = run(str(tmp_path), "--json")
    assert result.exit_code == 1
    assert [json.loads(line)["ok"] for line in result.stdout.splitlines()] == [True, False]


def test_a_folder_without_scenario_files_is_refused(tmp_path: Path) -> None:
    assert run(str(tmp_path)).exit_code == 2


def test_the_json_of_a_file_is_one_line_of_four_keys(tmp_path: Path) -> None:
    result = run(written(tmp_path, "a.json", document(HOLDS, FAILS | {"day": None})), "--json")
    assert result.exit_code == 2
    result = run(written(tmp_path, "a.json", document(FAILS)), "--json")
    (line,) = result.stdout.splitlines()
    told = json.loads(line)
    assert list(told) == ["title", "ok", "failures", "steps"]
    assert (told["title"], told["ok"]) == ("a test", False)
    assert told["failures"] == [
        {
            "step": 0, "pointer": "/steps/0/expect/balance", "expected": "50006.00",
            "actual": "50005.00",
        }
    ]  # fmt: skip
    assert [step["step"] for step in told["steps"]] == [0]


def test_the_table_names_what_does_not_hold(tmp_path: Path) -> None:
    result = run(written(tmp_path, "a.json", document(FAILS)))
    told = " ".join(result.stdout.split())
    assert '/steps/0/expect/balance: expected "50006.00", got "50005.00"' in told


@pytest.mark.parametrize(
    ("what", "pointer"),
    [
        (document({"day": {**DAY, "mood": "good"}}), "/steps/0/day/mood"),
        (document({"day": {**DAY, "net_pnl": 5.0}}), "/steps/0/day/net_pnl"),
        (document({"day": DAY, "equity": EQUITY}), "/steps/0"),
        (
            document({"equity": {**EQUITY, "at": "2026-03-02T10:00:00"}}),
            "/steps/0/equity/at",
        ),
        (document(max_los=None), "/rules/max_los"),
        ({**document(), "steps": None}, "/steps"),
    ],
)
def test_what_is_no_scenario_is_named_by_its_pointer(
    tmp_path: Path, what: dict[str, Any], pointer: str
) -> None:
    file = written(tmp_path, "a.json", what)
    result = run(file)
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"{file}: {pointer}: " in result.stderr
    told = json.loads(run(file, "--json").stdout)
    assert told["failures"][0]["pointer"] == pointer


@pytest.mark.parametrize("what", ["", "[", '{"a": NaN}', '{"\\ud800": 1}', "[" * 9_999])
def test_what_is_not_json_is_refused_with_exit_2(tmp_path: Path, what: str) -> None:
    result = run(written(tmp_path, "a.json", what))
    assert result.exit_code == 2
    assert "(the whole document)" in result.stderr


@pytest.mark.parametrize("missing", ["nothing.json", "."])
def test_a_file_that_cannot_be_opened_is_refused_with_exit_2(tmp_path: Path, missing: str) -> None:
    result = run(str(tmp_path / missing))
    assert result.exit_code == 2
    assert "cannot be opened" in result.stderr


@pytest.mark.parametrize("title", ["[/b] of a rule", "[bold]", "a rule\nin two lines"])
def test_a_title_is_shown_as_it_is_written(tmp_path: Path, title: str) -> None:
    result = run(written(tmp_path, "a.json", {**document(HOLDS), "title": title}))
    assert result.exit_code == 0
    assert title.split(maxsplit=1)[0] in result.stdout
