"""`dynasty demo`: real trades in, verdicts out, in one run that leaves nothing behind."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from application.context import CommandContext, acting
from application.exports.exporting import ExportRequest, export_events
from application.exports.verifying import verify
from application.log import LogSelection
from domain.money import USD
from domain.rules.explanations import Witness, explain
from interfaces.bootstrap.runtime import Runtime
from interfaces.bootstrap.starting import running
from interfaces.demo_data import (
    ACCOUNT,
    STRICTER_ACCOUNT,
    book_demo,
    standard_pack,
    stricter_pack,
)
from interfaces.read_models import catch_up_with_log
from interfaces.settings import load_settings
from projections.audit_entries import Place, audit_entries

_out = Console(highlight=False, markup=False, width=100)


def demo() -> None:
    """Run 31 real trades through the whole ledger, print what came of them, and stop everything."""
    _out.print("Starting embedded PostgreSQL and Redis, applying migrations ...")
    with running(load_settings(), data_dir=None) as runtime:
        first = book_demo(runtime, account_id=ACCOUNT, pack=standard_pack())
        second = book_demo(runtime, account_id=STRICTER_ACCOUNT, pack=stricter_pack())
        catch_up_with_log(runtime)
        _out.print(
            f"Imported {first.imported} trades: gross {first.gross}, fees {first.fees},"
            f" {len(first.closed_days)} trading days closed.\n"
        )
        _show_trades(runtime)
        _show_limits(runtime)
        _show_days(runtime)
        _show_verdicts(runtime)
        _show_audit(runtime)
        _show_stricter(runtime, after_end=second.after_end)
        _export_and_verify(runtime)
    _out.print("Everything is stopped; nothing is left behind.")


def _rows(runtime: Runtime, query: str, *values: object) -> list[tuple[Any, ...]]:
    with runtime.read_models.connection() as connection:
        return connection.execute(query.encode(), values).fetchall()


def _table(title: str, *columns: str, right: str = "") -> Table:
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1))
    for name in columns:
        table.add_column(
            name, justify="right" if name in right.split(",") else "left", no_wrap=name != "why"
        )
    return table


def _lines() -> Table:
    """Columns without a frame; the last one wraps."""
    return Table.grid(padding=(0, 2), pad_edge=True)


def _money(units: int | None) -> str:
    return "-" if units is None else str(USD(units))


def _show_trades(runtime: Runtime) -> None:
    table = _table(
        "Trades", "day", "trade", "contract", "side", "n", "entry", "exit", "net", "balance",
        right="n,entry,exit,net,balance",
    )  # fmt: skip
    for row in _rows(
        runtime,
        "SELECT trading_day, trade_id, symbol, side, quantity, entry_price, exit_price, net_units,"
        " balance_units FROM read.trades WHERE account_id = %s ORDER BY ledger_seq",
        ACCOUNT,
    ):
        day, trade, symbol, side, quantity, entry, exit_price, net, balance = row
        table.add_row(
            str(day), trade, symbol, side, str(quantity), f"{entry:f}", f"{exit_price:f}",
            _money(net), _money(balance),
        )  # fmt: skip
    _out.print(table)


def _show_limits(runtime: Runtime) -> None:
    floor, left, closest, closest_day, target, balance, net, days = _rows(
        runtime,
        "SELECT s.floor_units, s.floor_left_units, s.closest_units, s.closest_day, s.target_units,"
        " s.balance_units, a.net_profit_units, s.trading_days FROM read.rule_state s"
        " JOIN read.accounts a USING (account_id) WHERE account_id = %s",
        ACCOUNT,
    )[0]
    worst_day, worst_loss = _rows(
        runtime,
        "SELECT trading_day, low_equity_units - opening_balance_units FROM read.daily_snapshots"
        " JOIN read.trading_days USING (account_id, trading_day) WHERE account_id = %s"
        " ORDER BY 2 LIMIT 1",
        ACCOUNT,
    )[0]
    pack = standard_pack()
    assert pack.daily_loss is not None
    assert pack.daily_loss.amount is not None
    table = _table(
        "Limits and how far off each came", "limit", "at", "now", "closest", "on",
        right="at,now,closest",
    )  # fmt: skip
    table.add_row("floor", _money(floor), f"{_money(left)} left", _money(closest), str(closest_day))
    worst = pack.daily_loss.amount + USD(worst_loss)
    table.add_row("daily loss", str(pack.daily_loss.amount), "-", str(worst), str(worst_day))
    table.add_row("profit target", _money(target), _money(net), "-", "-")
    table.add_row("trading days", str(pack.minimum_trading_days), str(days), "-", "-")
    _out.print(table)
    _out.print(f"Balance {_money(balance)}.\n")


def _show_days(runtime: Runtime) -> None:
    table = _table(
        "Trading days", "day", "trades", "net", "close", "floor", "closest",
        right="trades,net,close,floor,closest",
    )  # fmt: skip
    for day, executions, net, close, floor, closest in _rows(
        runtime,
        "SELECT d.trading_day, d.executions, d.net_units, d.closing_balance_units, s.floor_units,"
        " s.closest_units FROM read.trading_days d JOIN read.daily_snapshots s"
        " USING (account_id, trading_day) WHERE account_id = %s ORDER BY trading_day",
        ACCOUNT,
    ):
        table.add_row(
            str(day), str(executions), _money(net), _money(close), _money(floor), _money(closest)
        )
    _out.print(table)


def _show_verdicts(runtime: Runtime, *, account: UUID = ACCOUNT, rule: str = "%") -> None:
    _out.print("Verdicts, each with its reason")
    lines = _lines()
    for day, found_rule, effect, observed, limit, unit, subject, threshold in _rows(
        runtime,
        "SELECT trading_day, rule, effect, observed, limit_text, unit, subject, threshold"
        " FROM read.rule_violations WHERE account_id = %s AND rule LIKE %s ORDER BY ledger_seq",
        account,
        rule,
    ):
        witness = Witness(
            rule=found_rule,
            effect=effect,
            observed=observed,
            limit=limit,
            unit=unit,
            subject=subject,
            threshold=threshold,
        )
        lines.add_row(str(day), found_rule, explain(witness))
    _out.print(lines, "")


def _show_audit(runtime: Runtime) -> None:
    _out.print("Audit trail, from the event log")
    lines = _lines()
    places = _rows(
        runtime,
        "SELECT ledger_seq, trader_id, balance_units FROM read.audit_log"
        " WHERE stream_id = %s ORDER BY ledger_seq",
        ACCOUNT,
    )
    for recorded, _, _, summary in audit_entries(runtime.log, map(Place._make, places)):
        moment = f"{recorded.effective_at:%Y-%m-%d %H:%M}Z"
        lines.add_row(str(recorded.ledger_seq), moment, recorded.actor, summary)
    _out.print(lines, "")


def _show_stricter(runtime: Runtime, *, after_end: int) -> None:
    _out.print("The same trades against a maximum loss of 1,000.00:")
    _show_verdicts(runtime, account=STRICTER_ACCOUNT, rule="max_loss")
    status, ended_by, balance = _rows(
        runtime,
        "SELECT status, ended_by, balance_units FROM read.accounts WHERE account_id = %s",
        STRICTER_ACCOUNT,
    )[0]
    day, trade = _rows(
        runtime,
        "SELECT trading_day, trade_id FROM read.trades WHERE account_id = %s"
        " ORDER BY ledger_seq DESC LIMIT 1",
        STRICTER_ACCOUNT,
    )[0]
    _out.print(
        f"The account {status} by {ended_by} at a balance of {_money(balance)}, on trading day"
        f" {day}, with trade {trade}; {after_end} later trades were not booked.\n"
    )


def _export_and_verify(runtime: Runtime) -> None:
    with tempfile.TemporaryDirectory(prefix="df-") as folder:
        directory = Path(folder) / "export"
        request = ExportRequest(
            selection=LogSelection(), created_at=datetime.now(UTC), created_by="demo"
        )
        with acting(CommandContext(actor="demo")):
            exported = export_events(runtime.log, request, directory)
        manifest = exported.manifest
        _out.print(
            f"Exported {manifest['events']} events, ledger_seq {manifest['first_ledger_seq']} to"
            f" {manifest['last_ledger_seq']}; manifest SHA-256 {exported.manifest_sha256}"
        )
        verdict = verify(directory, expected_sha256=exported.manifest_sha256)
        _out.print(
            f"Verified offline: {'no fault found' if not verdict.faults else verdict.faults}"
        )
        if verdict.faults:
            raise typer.Exit(1)
