"""The scenario files hold, and none of their expectations is idle: change one and the run fails."""

import copy
import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from application.scenarios.format import read_scenario
from application.scenarios.runner import run_scenario

FOLDER = Path(__file__).parents[2] / "scenarios"
FILES = sorted(FOLDER.glob("*.json"))
Path_ = tuple[str | int, ...]

files = pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)


@files
def test_a_scenario_holds(file: Path) -> None:
    outcome = run_scenario(read_scenario(file.read_bytes()))
    assert outcome.failures == []


@files
def test_a_scenario_names_its_source_and_expects_something(file: Path) -> None:
    scenario = read_scenario(file.read_bytes())
    assert scenario.source
    assert any(step.expect and step.expect.value for step in scenario.steps)


@files
def test_a_changed_expectation_fails(file: Path) -> None:
    document = json.loads(file.read_bytes())
    wanted = [
        (number, *path)
        for number, step in enumerate(document["steps"])
        for path in leaves(step.get("expect", {}))
    ]
    for number, *path in wanted:
        changed = copy.deepcopy(document)
        change(changed["steps"][number]["expect"], path)
        outcome = run_scenario(read_scenario(json.dumps(changed)))
        assert [failure.step for failure in outcome.failures] == [number], (number, path)


def test_there_is_a_file_for_every_subject() -> None:
    assert len(FILES) > 120
    subjects = {file.stem[:1] for file in FILES if file.stem[1:3].isdigit()}
    assert subjects == set("abcdefghi")


def leaves(value: Any, path: Path_ = ()) -> Iterator[Path_]:
    """The way to every value in an expectation; a list's own length is one."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from leaves(each, (*path, key))
    else:
        yield path
        for index, each in enumerate(value if isinstance(value, list) else ()):
            yield from leaves(each, (*path, index))


def change(expect: Any, path: list[Any]) -> None:
    """Make one value of an expectation another."""
    *way, last = path
    for key in way:
        expect = expect[key]
    expect[last] = another(expect[last])


def another(value: Any) -> Any:
    """A value that the given one is not."""
    match value:
        case bool():
            return not value
        case int():
            return value + 1
        case None:
            return "7.77"
        case list():
            return [*value, "more"]
        case str() if value.lstrip("-").replace(".", "", 1).isdigit():
            return str(Decimal(value) + Decimal("0.0001"))
        case _:
            return f"{value}-not"
