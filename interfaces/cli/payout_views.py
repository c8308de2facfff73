"""Payouts as the command line shows them: documents, and tables that fit a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from rich import box
from rich.console import Console
from rich.table import Table

from application.accounts.payout_eligibility import Eligibility
from domain.money import USD
from interfaces.cli.tables import add_ids
from interfaces.payout_rows import DECISIONS

_WIDTH = 100
_NOT_SHOWN = frozenset({"requested_seq", "position"})

out = Console(highlight=False, markup=False, width=_WIDTH)


def document_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row as JSON: money as decimal texts, times in UTC."""
    return {
        name.removesuffix("_units"): _plain(name, value)
        for name, value in row.items()
        if name not in _NOT_SHOWN
    }


def eligibility_document(found: Eligibility) -> dict[str, Any]:
    """What a request would be answered, as JSON."""
    answer = found.answer
    return {
        "allowed": answer.allowed,
        "maximum": str(answer.maximum),
        "trader_share": str(answer.trader_share),
        "process_on": found.process_on.isoformat(),
        "reasons": list(answer.reasons),
        "rules": found.rules,
    }


def show_list(rows: Sequence[Mapping[str, Any]]) -> None:
    """Payouts with their accounts, newest first."""
    out.print(_list_table(rows))


def show_one(row: Mapping[str, Any]) -> None:
    """A payout, and each decision with its table."""
    share = USD(row["trader_share_units"])
    out.print(f"Payout {row['payout_id']} of account {row['account_id']}: {row['status']}")
    out.print(f"{USD(row['amount_units'])}, of which {share} to the trader")
    for line in _said(row):
        out.print(line)
    for decision in DECISIONS:
        if row[f"{decision}_at"] is None:
            continue
        when = f"{row[f'{decision}_at'].astimezone(UTC):%Y-%m-%d %H:%M}Z"
        version, by = row[f"{decision}_version"], row[f"{decision}_by"]
        out.print(f"\n{decision} {when} by {by}, event {version}")
        if rules := row.get(f"{decision}_rules"):
            show_rules(rules)
    out.print(f"\nThe account is at version {row['account_version']}.")


def show_rules(rules: Sequence[Mapping[str, Any]]) -> None:
    """A table of rules; what is missing stands beside it where that is known."""
    table = Table("rule", box=box.SIMPLE_HEAD)
    table.add_column("current", justify="right")
    table.add_column("required", justify="right")
    table.add_column("unit")
    table.add_column("met")
    table.add_column("next step", ratio=1)
    for each in rules:
        met = "yes" if each["met"] in (True, "true") else "no"
        step = each.get("next_step") or ""
        table.add_row(each["rule"], each["current"], each["required"], each["unit"], met, step)
    out.print(table)


def _list_table(rows: Sequence[Mapping[str, Any]]) -> Table:
    table = Table(box=box.SIMPLE_HEAD)
    ids = [str(row[name]) for row in rows for name in ("payout_id", "account_id")]
    add_ids(table, "payout\naccount", ids)
    table.add_column("status\nasked for\nhandled")
    table.add_column("amount\ntrader's", justify="right")
    for row in rows:
        asked = f"{row['requested_at'].astimezone(UTC):%Y-%m-%d %H:%M}Z"
        table.add_row(
            f"{row['payout_id']}\n{row['account_id']}",
            f"{row['status']}\n{asked}\n{row['process_on']}",
            f"{USD(row['amount_units'])}\n{USD(row['trader_share_units'])}",
        )
    return table


def _said(row: Mapping[str, Any]) -> Iterator[str]:
    if row["reasons"]:
        yield f"{', '.join(row['reasons'])}: {row['explanation']}"
        yield f"evidence: events {', '.join(map(str, row['rejected_evidence']))}"
    if row["reference"]:
        yield f"paid as {row['reference']}"


def _plain(name: str, value: Any) -> Any:
    match value:
        case int() if name.endswith("_units"):
            return str(USD(value))
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case date():
            return value.isoformat()
        case UUID():
            return str(value)
        case _:
            return value
