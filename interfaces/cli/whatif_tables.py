"""What-if answers as tables that fit a terminal."""

from __future__ import annotations

from typing import Final

from rich import box
from rich.console import Console
from rich.table import Table

from application.exports.lines import moment_text
from application.whatif.answers import Answer, Told
from application.whatif.totals import Sums, Totals
from domain.money import USD

_WHY: Final = {
    "open_profit": "the open profit of what would have been open was never observed",
    "extremes": "lows that would have counted were not recorded",
    "result_without_trades": "a day's result says nothing of its trades",
}
_LISTED_MAX: Final = 40

_out = Console(highlight=False, markup=False, soft_wrap=True)


def show_totals(totals: Totals) -> None:
    """A row for each plan, and one for all together."""
    table = Table("plan", box=box.SIMPLE_HEAD)
    for heading in (
        "accounts", "changed", "flips", "failed", "passed", "locks", "payouts", "share", "net",
        "unknown",
    ):  # fmt: skip
        table.add_column(heading, justify="right", no_wrap=True)
    for name, sums in totals.plans():
        table.add_row(name, *_cells(sums))
    if len(totals.by_plan) != 1:
        table.add_section()
        table.add_row("all", *_cells(totals.all))
    _out.print(table)
    every = totals.all
    _out.print(f"{every.events:,} events judged again; nothing was written.")
    if every.lives_on:
        _out.print(
            f"{every.lives_on:,} accounts that failed live on where their history ends: what they"
            " would have done then was never reported."
        )
    if every.ends_earlier:
        _out.print(f"{every.ends_earlier:,} accounts end earlier; what came after is ignored.")
    if every.refused:
        _out.print(f"{every.refused:,} reports are refused, such as payouts no longer allowed.")
    if every.unknown:
        _out.print(f"Of {every.unknown:,} accounts something is unknown; no data is no compliance.")


def show_answer(answer: Answer) -> None:
    """One account: its flips, each with the event that flips it, and what cannot be known."""
    _out.print(
        f"Account {answer.account_id}: {answer.status_before} -> {answer.status_after}, net profit"
        f" {_money(answer.before.net_profit)} -> {_money(answer.after.net_profit)}."
    )
    if answer.flips:
        table = Table("seq", "event", "at", "what", "before", "after", box=box.SIMPLE_HEAD)
        for each in answer.flips[:_LISTED_MAX]:
            table.add_row(*_flip_cells(each))
        _out.print(table)
    unsaid = answer.flip_count - min(len(answer.flips), _LISTED_MAX)
    if unsaid:
        _out.print(f"and {unsaid:,} more; --csv lists them")
    if answer.lives_on:
        _out.print("It lives on where the history ends.")
    for refused in answer.refused[:_LISTED_MAX]:
        _out.print(f"Refused at {refused.report.ledger_seq}, {refused.code}: {refused.sentence}")
    if answer.ignored:
        _out.print(f"It ends earlier; {answer.ignored:,} reports after that are ignored.")
    if answer.left_out_count:
        named = ", ".join(f"{id} ({reason})" for id, reason in answer.left_out[:_LISTED_MAX])
        _out.print(f"Left out, {answer.left_out_count:,}: {named}")
    for why, since in answer.doubts.items():
        _out.print(f"Unknown from {since.ledger_seq} ({moment_text(since.at)}): {_WHY[why]}.")


def _cells(sums: Sums) -> list[str]:
    return [
        f"{sums.accounts:,}",
        f"{sums.changed:,}",
        f"{sums.flips:,}",
        f"{sums.failed_before:,} > {sums.failed_after:,}",
        f"{sums.passed_before:,} > {sums.passed_after:,}",
        f"-{sums.locks_before_only:,} +{sums.locks_after_only:,}",
        str(USD(sums.payouts_units)),
        str(USD(sums.trader_share_units)),
        str(USD(sums.net_profit_units)),
        f"{sums.unknown:,}",
    ]


def _flip_cells(told: Told) -> tuple[str, ...]:
    what = " ".join(filter(None, (told.kind, told.name, told.subject, told.change)))
    return (
        f"{told.report.ledger_seq:,}",
        told.report.event_type.removeprefix("account."),
        moment_text(told.report.at)[:19] + "Z",
        what if told.certain else f"{what}, unknown",
        told.before or "-",
        told.after or "-",
    )


def _money(units: int | None) -> str:
    return "unknown" if units is None else str(USD(units))
