"""The screen fits, whatever is found."""

from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from application.watching.alarms import alarms
from application.watching.figures import Figures
from interfaces.watching.screen import HEIGHT, WIDTH, screen
from tests.support.figures import any_figures

FEW = settings(max_examples=40)


@FEW
@given(any_figures(), st.integers(WIDTH, 120), st.integers(HEIGHT, 60))
def test_it_fits_a_terminal_of_its_size(found: Figures, width: int, height: int) -> None:
    lines = screen(found, alarms(found), width=width, height=height).plain.split("\n")
    assert len(lines) <= height
    assert max(map(cell_len, lines)) <= width


@FEW
@given(any_figures())
def test_every_alarm_is_named_or_counted(found: Figures) -> None:
    told = alarms(found)
    shown = screen(found, told).plain
    named = sum(f"! {each.name}" in shown for each in told)
    assert named == len(told) or f"and {len(told) - named} more" in shown
