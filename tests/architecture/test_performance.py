"""The page of measurements is what the bench makes of its figures, and nobody edits it by hand."""

import json
from typing import Any

import pytest

from tests.bench.page import BEGINS, ENDS, FIGURES, NOT_MEASURED, PAGE, page_of
from tests.bench.targets import TARGETS, Target

FOUND: dict[str, Any] = json.loads(FIGURES.read_text())


def rows_of(found: dict[str, Any]) -> dict[str, str]:
    """The lines of the table of targets, by what they are about."""
    wanted = {target.what for target in TARGETS}
    lines = page_of(found, PAGE.read_text()).splitlines()
    cells = [line.strip("| ").split(" | ") for line in lines if line.startswith("| ")]
    return {what: f"{measured} {met}" for what, _, measured, met in filter(_is_four, cells)
            if what in wanted}  # fmt: skip


def _is_four(cells: list[str]) -> bool:
    return len(cells) == 4


def having(target: Target, figure: str) -> dict[str, Any]:
    """Figures in which this target has a value of its own."""
    value: Any = figure
    for name in reversed((target.section, *target.place)):
        value = {name: value}
    return {key: each for key, each in FOUND.items() if not isinstance(each, dict)} | {
        "machine": FOUND["machine"], **value,
    }  # fmt: skip


def test_the_page_is_what_the_bench_writes() -> None:
    assert page_of(FOUND, PAGE.read_text()) == PAGE.read_text()


def test_what_stands_outside_the_marks_stays() -> None:
    written = page_of(FOUND, f"before\n{BEGINS}\nby hand\n{ENDS}\nafter\n")
    assert written.startswith(f"before\n{BEGINS}\n")
    assert written.endswith(f"{ENDS}\nafter\n")
    assert "by hand" not in written


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.what)
def test_a_target_is_met_missed_or_not_measured(target: Target) -> None:
    bound = target.bound * target.divisor
    assert target.figure({}) is None
    for figure, met in (
        (bound, True),
        (bound * 2, not target.at_most),
        (bound / 2, target.at_most),
    ):
        value = target.figure(having(target, str(figure)))
        assert value is not None
        assert target.met(value) is met


def test_a_section_that_was_not_measured_is_said_to_be_missing() -> None:
    whole = {key: each for key, each in FOUND.items() if not key.startswith("long_log_")}
    page = page_of(whole, PAGE.read_text())
    assert f"This was {NOT_MEASURED}." in page
    assert page.count(NOT_MEASURED) >= 3
