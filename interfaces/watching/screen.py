"""The figures and alarms of a moment as lines that fit a screen, whatever they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import wrap
from typing import Final

from rich.text import Text

from application.watching.alarm_kinds import Alarm
from application.watching.figures import Figures
from application.watching.wording import counted, whole
from interfaces.watching.rows import LABEL, Row, rows_of

WIDTH: Final = 80
HEIGHT: Final = 23
"""A screen of 24 lines, with one left for the prompt."""

_STYLES: Final = {"plain": "", "good": "green", "bad": "bold red", "soon": "yellow", "dim": "dim"}
_ALARM_LINES_MAX: Final = 3
_SEVERITIES: Final = {"critical": "bad", "warning": "soon"}


def screen(
    figures: Figures, alarms: Sequence[Alarm], *, width: int = WIDTH, height: int = HEIGHT
) -> Text:
    """At most `height` lines, none longer than `width`. Alarms that find no room are counted."""
    top = [_title(figures, alarms, width), _heart(figures), Text("─" * width, "dim")]
    middle = [_line(row) for row in rows_of(figures)]
    room = max(2, height - len(top) - len(middle) - 1)
    bottom = list(_alarms(alarms, width=width, room=room))
    rule = [Text("─" * width, "dim")] if bottom else []
    lines = [*top, *middle, *rule, *bottom][:height]
    for line in lines:
        line.truncate(width, overflow="ellipsis")
    return Text("\n").join(lines)


def _title(figures: Figures, alarms: Sequence[Alarm], width: int) -> Text:
    at = f"{figures.at:%Y-%m-%d %H:%M:%S} UTC"
    count = len(alarms)
    said, style = ("no alarms", "good") if not count else (counted(count, "alarm"), "bad")
    if count and all(each.severity == "warning" for each in alarms):
        style = "soon"
    name = "dynasty-ledger  "
    gap = " " * max(1, width - len(name) - len(said) - len(at))
    return Text.assemble((name, "bold"), (said, _STYLES[style]), gap, (at, "dim"))


def _heart(figures: Figures) -> Text:
    redis = {True: ("up", "green"), False: ("down", "bold red"), None: ("not asked", "dim")}
    last = f"last event {whole(figures.since(figures.head_moved_at))} ago"
    return Text.assemble(
        "database ", ("up", "green"), "   redis ", redis[figures.redis_up],
        f"   log at {figures.head:,}", f"   {last if figures.head_moved_at else 'no event yet'}",
    )  # fmt: skip


def _line(row: Row) -> Text:
    return Text.assemble((f"{row.label:<{LABEL}}", "dim"), (row.text, _STYLES[row.tone]))


def _alarms(alarms: Sequence[Alarm], *, width: int, room: int) -> Iterator[Text]:
    """Each whole if it can be: first lines go to all of them, then more to the first ones."""
    fitting = alarms if len(alarms) <= room else alarms[: room - 1]
    spare = room - len(fitting) - (len(fitting) < len(alarms))
    for alarm in fitting:
        said = _wrapped(alarm, width)
        lines = said[: 1 + min(spare, _ALARM_LINES_MAX - 1)]
        spare -= len(lines) - 1
        for number, line in enumerate(lines):
            text = Text(line, _STYLES[_SEVERITIES[alarm.severity]] if not number else "")
            if not number:
                text.stylize("not bold default", len(alarm.name) + 3)
            yield text
        if len(lines) < len(said):
            text.append(" …")
    if len(fitting) < len(alarms):
        yield Text(f"and {len(alarms) - len(fitting)} more: dynasty status --json", "bold red")


def _wrapped(alarm: Alarm, width: int) -> Sequence[str]:
    page = alarm.runbook.removeprefix("docs/")
    said = f"! {alarm.name}  {alarm.sentence} See {page}."
    return wrap(said, width - 2, subsequent_indent="  ", break_on_hyphens=False)
