"""The picture of equity against the floor over time, drawn from the steps of a certificate.

Coordinates are whole numbers: the same steps are always the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate, groupby
from typing import Any, Final

from domain.money import USD
from interfaces.pages.markup import Markup, joined, tag
from interfaces.pages.scales import money_ticks, time_ticks
from projections.sentences import dollars

WIDTH, HEIGHT = 960, 420
LEFT, RIGHT, TOP, BOTTOM = 104, 24, 40, 48
_PADDING: Final = 20
_PAD_MIN: Final = USD.of("1.00")


@dataclass(frozen=True, slots=True)
class Point:
    """An account after one step; None where there is no such level, or equity was old."""

    at: datetime
    equity: USD | None
    floor: USD | None
    daily_floor: USD | None

    @property
    def levels(self) -> list[USD]:
        """Everything there is to draw at this moment."""
        return [each for each in (self.equity, self.floor, self.daily_floor) if each is not None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What part of time and money is drawn."""

    first: datetime
    last: datetime
    lowest: USD
    highest: USD

    def x(self, at: datetime) -> int:
        """The column of a moment; the middle when there is only one."""
        room, span = WIDTH - LEFT - RIGHT, self.last - self.first
        return LEFT + (room * (at - self.first) // span if span else room // 2)

    def y(self, level: USD) -> int:
        """The row of an amount."""
        room, span = HEIGHT - TOP - BOTTOM, self.highest - self.lowest
        return TOP + room * (self.highest - level).units // span.units


def points_of(steps: Sequence[Mapping[str, Any]]) -> Sequence[Point]:
    """The steps as points, in their order. What came late stands where it became known."""
    moments = accumulate((datetime.fromisoformat(step["at"]) for step in steps), max)
    return [
        Point(
            at,
            None if step["equity_is_old"] else USD.of(step["equity"]),
            _money(step["floor"]),
            _money(step["daily_floor"]),
        )
        for step, at in zip(steps, moments, strict=True)
    ]


def picture(
    points: Sequence[Point], *, name: str = "picture", decisive: Point | None = None
) -> Markup:
    """The picture as inline SVG, in the colours of its page, where no other has its name.

    `decisive` is marked as the verdict.
    """
    frame = _frame(points)
    drawn = _thinned(points, frame)
    return tag(
        "svg",
        tag("title", "Equity against the floor over time", id=f"{name}-title"),
        tag("desc", _description(points), id=f"{name}-desc"),
        *_money_axis(frame),
        *_time_axis(frame),
        *_steps(drawn, frame, "daily_floor", "daily"),
        *_steps(drawn, frame, "floor", "floor"),
        *_equity(drawn, frame),
        _mark(decisive, frame) if decisive else None,
        _legend(points, decided=decisive is not None),
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {WIDTH} {HEIGHT}",
        role="img",
        aria_labelledby=f"{name}-title {name}-desc",
    )


def _money(amount: str | None) -> USD | None:
    return None if amount is None else USD.of(amount)


def _frame(points: Sequence[Point]) -> Frame:
    levels = [level for each in points for level in each.levels] or [USD(0)]
    lowest, highest = min(levels), max(levels)
    pad = max(USD((highest - lowest).units // _PADDING), _PAD_MIN)
    moments = [each.at for each in points]
    return Frame(first=min(moments), last=max(moments), lowest=lowest - pad, highest=highest + pad)


def _thinned(points: Sequence[Point], frame: Frame) -> Sequence[Point]:
    """In each column no more than the first and last, and the extremes of equity between them."""
    kept: list[Point] = []
    for _, column in groupby(points, key=lambda point: frame.x(point.at)):
        here = list(column)
        known = [at for at, each in enumerate(here) if each.equity is not None]
        chosen = {0, len(here) - 1}
        if known:
            worth = [(here[at].equity or USD(0), at) for at in known]
            chosen |= {min(worth)[1], max(worth)[1]}
        kept += [here[at] for at in sorted(chosen)]
    return kept


def _description(points: Sequence[Point]) -> str:
    last = points[-1]
    equities = [each.equity for each in points if each.equity is not None]
    said = [f"{len(points):,} steps from {points[0].at:%Y-%m-%d} to {last.at:%Y-%m-%d}"]
    if equities:
        lowest, highest = dollars(min(equities).units), dollars(max(equities).units)
        said.append(f"equity between {lowest} and {highest}")
    if last.equity is not None:
        said.append(f"at the end equity is {dollars(last.equity.units)}")
    if last.floor is not None:
        said.append(f"the floor is {dollars(last.floor.units)}")
    return f"{'; '.join(said)}."


def _money_axis(frame: Frame) -> Iterator[Markup]:
    for level in money_ticks(frame.lowest, frame.highest):
        y = frame.y(level)
        yield tag("line", class_="grid", x1=LEFT, y1=y, x2=WIDTH - RIGHT, y2=y)
        yield _label(LEFT - 8, y + 4, dollars(level.units), kind="end")


def _time_axis(frame: Frame) -> Iterator[Markup]:
    ticks = time_ticks(frame.first, frame.last) or [frame.first]
    by_day = len(ticks) > 1 and ticks[1] - ticks[0] >= timedelta(days=1)
    for at in ticks:
        x = frame.x(at)
        yield tag("line", class_="grid", x1=x, y1=TOP, x2=x, y2=HEIGHT - BOTTOM)
        shown = f"{at:%Y-%m-%d}" if by_day else f"{at:%Y-%m-%d %H:%M}"
        place = HEIGHT - BOTTOM + 20
        yield _label(min(x, WIDTH - 62), place, shown, kind="middle")
    yield _label(WIDTH - RIGHT, HEIGHT - 6, "time in UTC", kind="end")


def _equity(points: Sequence[Point], frame: Frame) -> Iterator[Markup]:
    """A line through what was known; broken where equity was old."""
    for known, stretch in groupby(points, key=lambda point: point.equity is not None):
        if known:
            corners = [(frame.x(each.at), frame.y(each.equity or USD(0))) for each in stretch]
            if len(corners) > 1:
                yield _line(corners, "equity")
            yield from (tag("circle", class_="dot", cx=x, cy=y, r=2) for x, y in corners)


def _steps(points: Sequence[Point], frame: Frame, name: str, kind: str) -> Iterator[Markup]:
    """A level that holds from one step to the next."""
    held = [(each.at, each.floor if name == "floor" else each.daily_floor) for each in points]
    for known, stretch in groupby(held, key=lambda each: each[1] is not None):
        if not known:
            continue
        corners: list[tuple[int, int]] = []
        for at, level in stretch:
            x, y = frame.x(at), frame.y(level or USD(0))
            corners += [(x, corners[-1][1]), (x, y)] if corners else [(x, y)]
        if len(corners) == 1:
            corners = [(LEFT, corners[0][1]), (WIDTH - RIGHT, corners[0][1])]
        yield _line(corners, kind)


def _mark(decisive: Point, frame: Frame) -> Markup | None:
    if decisive.equity is None:
        return None
    x, y = frame.x(decisive.at), frame.y(decisive.equity)
    return tag("circle", class_="verdict", cx=x, cy=y, r=6)


def _legend(points: Sequence[Point], *, decided: bool) -> Markup:
    shown = (
        ("equity", "equity", any(each.equity is not None for each in points)),
        ("floor", "floor", any(each.floor is not None for each in points)),
        ("daily", "floor of the day", any(each.daily_floor is not None for each in points)),
    )
    parts: list[Markup] = []
    x = LEFT
    for kind, said, there in shown:
        if there:
            parts += [_line([(x, 18), (x + 28, 18)], kind), _label(x + 36, 22, said)]
            x += 170
    if decided:
        mark = tag("circle", class_="verdict", cx=x + 8, cy=18, r=6)
        parts += [mark, _label(x + 22, 22, "verdict")]
    return tag("g", joined(*parts))


def _line(corners: Sequence[tuple[int, int]], kind: str) -> Markup:
    path = " ".join(f"{x},{y}" for x, y in corners)
    return tag("polyline", class_=kind, points=path)


def _label(x: int, y: int, said: str, *, kind: str | None = None) -> Markup:
    return tag("text", said, x=x, y=y, class_=kind)
