"""Tables of ids on a terminal of eighty columns: each id is there to be copied."""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from io import StringIO
from typing import Any, Final
from uuid import UUID

import pytest
from rich.console import Console
from rich.table import Table

from application.accounts.restatements import RestatedFigure
from application.whatif.answers import Report, Told
from domain.news.calendar import Scheduled
from interfaces.cli import (
    accounts_list,
    certificates,
    corrections,
    news,
    payout_views,
    rules_engine,
    whatif_tables,
)
from tests.support.builders import a_release

WIDTH: Final = 80
AT: Final = datetime(2026, 3, 2, 17, 0, 0, 123_456, tzinfo=UTC)
ONE: Final = UUID("01a2b3c4-d5e6-7f80-9396-3fde133a0001")
TWO: Final = UUID("01a2b3c4-d5e6-7f80-9396-3fde133a0002")


def accounts() -> Table:
    row = {
        "account_id": ONE, "trader_id": TWO, "plan": "The largest plan", "phase": "evaluation",
        "status": "active", "opened_at": AT, "balance_units": 12_345_678_900,
        "net_profit_units": -12_345_678_900,
    }  # fmt: skip
    return accounts_list._table([row])


def payouts() -> Table:
    row = {
        "payout_id": ONE, "account_id": TWO, "status": "requested", "requested_at": AT,
        "process_on": date(2026, 3, 2), "amount_units": 12_345_678_900,
        "trader_share_units": 11_111_111_010,
    }  # fmt: skip
    return payout_views._list_table([row])


def restatements() -> Table:
    figure = RestatedFigure(
        account_id=ONE, correction=12, ledger_seq=1_234_567, execution=str(ONE), subject=str(TWO),
        figure="day_start_balance", shown="1234567.8901", now="-1234567.8901", shown_from=AT,
        shown_seq=7, corrected_at=AT, belongs_at=AT, exports=(),
    )  # fmt: skip
    return corrections._table([figure])


def orders() -> Table:
    error = "ConnectionRefused: the platform does not answer at https://platform.example/accounts"
    rows: list[Mapping[str, Any]] = [
        {"effect_id": 123_456, "action": "flatten", "account_id": each, "attempts": 12,
         "last_error": error}
        for each in (ONE, TWO)
    ]  # fmt: skip
    return rules_engine._orders(rows)


def refusals() -> Table:
    row = {
        "day": date(2026, 3, 2), "reason": "unknown_account", "count": 1_234_567, "last_at": AT,
        "last_open_pnl_units": -12_345_678_900,
    }  # fmt: skip
    return rules_engine._refusals([{**row, "last_account_id": each} for each in (ONE, TWO)])


def silent() -> Table:
    row = {"unknown_since": AT, "last_mark_at": AT, "unclosed_day": date(2026, 3, 2)}
    return rules_engine._silent([{**row, "account_id": each} for each in (ONE, TWO)])


def verdicts() -> Table:
    row = {
        "version": 123, "kind": "violation", "ends_account": True,
        "effective_at": "2026-03-02T17:00:00.123456Z", "summary": "The floor was crossed. " * 4,
    }  # fmt: skip
    table = certificates._verdicts_table([{**row, "verdict": str(each)} for each in (ONE, TWO)])
    assert table is not None
    return table


def flips() -> Table:
    report = Report(ledger_seq=1_234_567, event_type="account.payout_requested", at=AT)
    return whatif_tables._flips(
        [
            Told(
                kind="payout", change="disappears", name=str(each), report=report, certain=False,
                subject="payout_pending", before="allowed, 1234567.89", after="refused, not_active",
            )
            for each in (ONE, TWO)
        ]
    )  # fmt: skip


def releases() -> Table:
    found = [
        Scheduled(release=a_release(str(each)), withdrawn="The bureau has put it off by a week.")
        for each in (ONE, TWO)
    ]
    return news._table(found, month="2026-03")


TABLES: Final = (
    accounts, payouts, restatements, orders, refusals, silent, verdicts, flips, releases,
)  # fmt: skip


def printed(table: Table, *, width: int) -> str:
    """What a terminal of that width shows."""
    screen = StringIO()
    Console(file=screen, width=width, markup=False, highlight=False).print(table)
    return screen.getvalue()


def written(screen: str) -> Counter[str]:
    """How often each character stands there, lines and spaces aside."""
    return Counter(each for each in screen if not each.isspace() and each.isascii())


@pytest.mark.parametrize("table", TABLES)
def test_every_id_stands_whole_on_its_line(table: Callable[[], Table]) -> None:
    screen = printed(table(), width=WIDTH)
    lines = screen.splitlines()
    for each in (ONE, TWO):
        assert any(str(each) in line for line in lines), screen
    assert max(map(len, lines)) <= WIDTH
    assert "\u2026" not in screen


@pytest.mark.parametrize("table", TABLES)
def test_nothing_is_cut_off(table: Callable[[], Table]) -> None:
    narrow, wide = (printed(table(), width=width) for width in (WIDTH, 10 * WIDTH))
    assert written(narrow) == written(wide), narrow
