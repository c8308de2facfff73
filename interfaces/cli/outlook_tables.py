"""What lies ahead of an account, as tables and as JSON."""

from __future__ import annotations

from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from domain.accounts.outlook import (
    Outlook,
    limit_documents,
    size_documents,
    step_documents,
)


def outlook_document(outlook: Outlook) -> dict[str, Any]:
    """The same figures for programs, under the names that the API gives them."""
    return {
        "limits": limit_documents(outlook),
        "binding_rule": outlook.binding.rule if outlook.binding else None,
        "largest_sizes": size_documents(outlook),
        "next_steps": step_documents(outlook),
    }


def print_outlook(out: Console, outlook: Outlook) -> None:
    """The limits, the largest sizes and the next steps, each if there is any."""
    if outlook.limits:
        out.print(_limits(outlook))
    if outlook.sizes:
        out.print(_sizes(outlook))
    for step in outlook.next_steps:
        out.print(f"  {'done' if step.reached else 'next'}  {step.text}")


def _limits(outlook: Outlook) -> Table:
    table = _table("limit", "of")
    for name in ("now", "limit", "left", "used"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("said")
    for use in outlook.limits:
        said = f"{outlook.warned[use.key]}%" if outlook.warned.get(use.key) else ""
        binding = "binding" if use is outlook.binding else ""
        unknown = "" if use.is_known else "mark is old"
        table.add_row(
            use.rule,
            use.subject or "-",
            str(use.observed),
            str(use.limit),
            str(use.left),
            use.used_text,
            ", ".join(filter(None, (binding, said if use.warns else "", unknown))) or "-",
        )
    return table


def _sizes(outlook: Outlook) -> Table:
    table = _table("largest size", "side")
    for name in ("open", "at most", "ticks left"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column(f"bound by, at {outlook.sizes[0].adverse_ticks} ticks")
    for size in outlook.sizes:
        table.add_row(
            size.root,
            size.direction,
            str(size.held),
            "-" if size.contracts is None else str(size.contracts),
            "-" if size.ticks_left is None else str(size.ticks_left),
            size.limited_by or "nothing",
        )
    return table


def _table(*names: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD)
    for name in names:
        table.add_column(name, no_wrap=True)
    return table
