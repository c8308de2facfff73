"""Draws `equity.svg`: the demo account trade by trade, above its floor.

    python docs/pictures/equity.py

Every figure comes from the account itself, fed with the trades of the export. Coordinates are whole
numbers, so the same trades are always the same bytes.
"""  # noqa: INP001 (a script beside its picture)

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby
from pathlib import Path
from uuid import UUID

from application.plans.catalogue import program
from domain.accounts.account import TradingAccount
from domain.accounts.executions import Trade
from domain.accounts.standing import standing_of
from domain.market.calendar import session_close, session_open, trading_day_of
from domain.money import USD
from domain.rules.pack import RulePack
from interfaces.bootstrap.starting import trade_sources

HERE = Path(__file__).parent
TRADES = HERE.parents[1] / "tests" / "data" / "topstepx_trades_2025-10.csv"
PICTURE = HERE / "equity.svg"

WIDTH, HEIGHT = 960, 400
LEFT, RIGHT, TOP, BOTTOM = 84, 30, 64, 56
HIGHEST, LOWEST = USD.of("25250.00"), USD.of("23250.00")
STEP = USD.of("500.00")

STYLE = """
text { font: 13px system-ui, sans-serif; fill: #24292f; }
text.title { font-size: 16px; font-weight: 600; }
text.quiet { fill: #6e7781; }
text.end { text-anchor: end; }
text.middle { text-anchor: middle; }
.grid { stroke: #d8dee4; stroke-width: 1; }
.line { fill: none; stroke: #0969da; stroke-width: 2; }
.floor { stroke: #cf222e; stroke-width: 2; }
.stricter { stroke: #cf222e; stroke-width: 1; stroke-dasharray: 6 4; }
.trade { fill: #0969da; }
.marked { fill: #ffffff; stroke: #cf222e; stroke-width: 2; }
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """The account right after a trade."""

    trade_id: str
    day: date
    balance: USD
    left: USD


def drawn() -> str:
    """The picture as SVG."""
    trades = _trades()
    pack = program("standard-25k").pack("evaluation")
    lived, _ = _history(trades, pack)
    assert pack.max_loss is not None, "the program has a floor"
    stricter = replace(pack, max_loss=replace(pack.max_loss, amount=USD.of("1000.00")))
    _, failed_at = _history(trades, stricter)
    assert failed_at is not None, "the smaller loss is reached"
    return "\n".join(_svg(lived, failed_at)) + "\n"


def _trades() -> Sequence[Trade]:
    reading = trade_sources()["topstepx"].read(TRADES.read_bytes())
    assert not reading.faults, "every row of the export is good"
    return sorted((row.trade for row in reading.trades), key=lambda trade: trade.exited_at)


def _history(trades: Sequence[Trade], pack: RulePack) -> tuple[Sequence[Point], str | None]:
    """The points of an account, and the trade at which it failed, if it did."""
    account = TradingAccount.open(
        account_id=UUID(int=1),
        trader_id=UUID(int=2),
        plan="standard-25k",
        pack=pack,
        at=session_open(trading_day_of(trades[0].entered_at)),
    )
    points = []
    for day, traded in groupby(trades, key=lambda trade: trading_day_of(trade.exited_at)):
        for trade in traded:
            account.record_trade(trade)
            standing = standing_of(account.state)
            assert standing.floor_left is not None, "the pack has a floor"
            points.append(
                Point(
                    trade_id=trade.trade_id,
                    day=day,
                    balance=standing.balance,
                    left=standing.floor_left,
                )
            )
            if standing.status == "failed":
                return points, trade.trade_id
        account.close_day(day=day, at=session_close(day))
    return points, None


def _svg(points: Sequence[Point], failed_at: str) -> Iterator[str]:
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}"'
        ' role="img" aria-labelledby="title">'
    )
    yield '<title id="title">The demo account after each trade, and its floor</title>'
    yield f"<style>{STYLE}</style>"
    yield f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>'
    yield _text(LEFT, 28, "31 real trades on a 25K Standard account", kind="title")
    yield _text(
        LEFT,
        48,
        "balance in dollars after each trade, by trading day of October 2025",
        kind="quiet",
    )
    yield from _scale()
    yield from _days(points)
    yield from _floors(points)
    yield from _line(points)
    yield from _marks(points, failed_at)
    yield "</svg>"


def _scale() -> Iterator[str]:
    level = USD.of("23500.00")
    while level < HIGHEST:
        y = _y(level)
        yield f'<line class="grid" x1="{LEFT}" y1="{y}" x2="{WIDTH - RIGHT}" y2="{y}"/>'
        yield _text(LEFT - 10, y + 4, _dollars(level), kind="quiet end")
        level += STEP


def _days(points: Sequence[Point]) -> Iterator[str]:
    places = list(enumerate(points))
    for day, traded in groupby(places, key=lambda place: place[1].day):
        numbers = [number for number, _ in traded]
        first, last = _x(numbers[0], points), _x(numbers[-1], points)
        yield _text((first + last) // 2, HEIGHT - BOTTOM + 22, f"{day:%d}", kind="quiet middle")
        if numbers[0]:
            x = (first + _x(numbers[0] - 1, points)) // 2
            yield f'<line class="grid" x1="{x}" y1="{TOP}" x2="{x}" y2="{HEIGHT - BOTTOM}"/>'


def _floors(points: Sequence[Point]) -> Iterator[str]:
    floor = points[0].balance - points[0].left
    assert all(point.balance - point.left == floor for point in points), "the floor stood still"
    yield from _floor(floor, "floor", f"floor {_dollars(floor)}")
    yield from _floor(
        floor + STEP, "stricter", f"floor of a 1,000 max loss: {_dollars(floor + STEP)}"
    )


def _floor(level: USD, kind: str, label: str) -> Iterator[str]:
    y = _y(level)
    yield f'<line class="{kind}" x1="{LEFT}" y1="{y}" x2="{WIDTH - RIGHT}" y2="{y}"/>'
    yield _text(LEFT + 6, y - 6, label)


def _line(points: Sequence[Point]) -> Iterator[str]:
    corners = " ".join(
        f"{_x(number, points)},{_y(point.balance)}" for number, point in enumerate(points)
    )
    yield f'<polyline class="line" points="{corners}"/>'
    for number, point in enumerate(points):
        x, y = _x(number, points), _y(point.balance)
        yield f'<circle class="trade" cx="{x}" cy="{y}" r="3"/>'


def _marks(points: Sequence[Point], failed_at: str) -> Iterator[str]:
    closest = min(range(len(points)), key=lambda number: points[number].left)
    failing = next(n for n, point in enumerate(points) if point.trade_id == failed_at)
    yield from _mark(closest, points)
    yield from _mark(failing, points)
    x, y = _x(closest, points), _y(points[closest].balance)
    yield _text(x, y + 24, f"{points[closest].left} above the floor", kind="middle")
    x, y = _x(failing, points), _y(points[failing].balance)
    yield _text(x - 12, y + 5, f"would fail here, with trade {failed_at}", kind="end")


def _mark(number: int, points: Sequence[Point]) -> Iterator[str]:
    x, y = _x(number, points), _y(points[number].balance)
    yield f'<circle class="marked" cx="{x}" cy="{y}" r="5"/>'


def _x(number: int, points: Sequence[Point]) -> int:
    room = WIDTH - LEFT - RIGHT
    return LEFT + room * (2 * number + 1) // (2 * len(points))


def _y(level: USD) -> int:
    room = HEIGHT - TOP - BOTTOM
    return TOP + room * (HIGHEST - level).units // (HIGHEST - LOWEST).units


def _dollars(level: USD) -> str:
    whole, _, places = str(level).partition(".")
    return f"{int(whole):,}.{places}"


def _text(x: int, y: int, said: str, *, kind: str = "") -> str:
    of_kind = f' class="{kind}"' if kind else ""
    return f'<text{of_kind} x="{x}" y="{y}">{said}</text>'


if __name__ == "__main__":
    PICTURE.write_text(drawn(), encoding="utf-8")
