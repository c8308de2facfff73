"""What lies ahead of an account, on a terminal."""

import io

from rich.console import Console

from domain.accounts.outlook import outlook_of
from interfaces.cli.outlook_tables import print_outlook
from tests.support.builders import Command, filling, marking, trading
from tests.support.scenario import given

RULES = {
    "max_loss": {"mode": "static", "amount": "2000.00"},
    "daily_loss": {"amount": "1000.00", "effect": "lock_day"},
    "position_limits": {"per_symbol": {"ES": 2, "MES": 12}, "total_units": 30},
    "profit_target": "3000.00",
    "minimum_trading_days": 1,
}


def printed(*past: Command, width: int = 80) -> list[str]:
    out = io.StringIO()
    console = Console(file=out, width=width, highlight=False, markup=False)
    print_outlook(console, outlook_of(given(RULES, *past).account.state))
    return out.getvalue().splitlines()


def test_fits_a_terminal_with_every_figure_whole() -> None:
    lines = printed(filling("1", quantity=2, symbol="ESH6"), marking("-850"))
    assert max(len(line.rstrip()) for line in lines) <= 80
    assert "…" not in "".join(lines)
    (row,) = [line.split() for line in lines if "daily_loss" in line and "0.85" in line]
    assert row[1:] == ["-", "49150.00", "49000.00", "150.00", "0.8500", "binding,", "80%"]


def test_tells_sizes_and_what_bounds_them() -> None:
    lines = printed(filling("1", quantity=2, symbol="ESH6"), marking("-850"))
    sizes = {words[0]: words[1:] for line in lines if (words := line.split())}
    assert sizes["ES"] == ["long", "2", "0", "5", "daily_loss"]
    assert sizes["MES"] == ["long", "0", "2", "-", "daily_loss"]


def test_says_what_is_done_and_what_comes_next() -> None:
    lines = printed(trading("1", "100"))
    assert lines[-2:] == [
        "  next  2,900.00 more net profit reaches the target of 3,000.00.",
        "  done  The one trading day is reached.",
    ]


def test_says_when_the_open_profit_is_not_known() -> None:
    past = filling("0", symbol="CLJ6", price="70"), filling("1"), marking("-100")
    lines = printed(*past, filling("2", price="5001"))
    assert sum("mark is old" in line for line in lines) == 2
    assert any("open_profit_unknown" in line for line in lines)
