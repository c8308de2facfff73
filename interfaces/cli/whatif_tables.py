"""What-if answers as tables that fit a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from rich import box
from rich.console import Console
from rich.table import Table

from application.exports.lines import moment_text
from application.whatif.answers import Answer, Report, Told
from application.whatif.totals import Sums, Totals
from domain.money import USD
from interfaces.cli.tables import add_ids

_WHY: Final = {
    "open_profit": "the open profit of what would have been open was never observed",
    "extremes": "lows that would have counted were not recorded",
    "result_without_trades": "a day's result says nothing of its trades",
}
_LISTED_MAX: Final = 40
_HASH_SHOWN: Final = 12
_HEADINGS: Final = (
    "accounts", "changed", "failed\nwas/is", "passed\nwas/is", "locks\n-/+", "payouts\nlost",
    "net profit\nchange", "unknown",
)  # fmt: skip

_out = Console(highlight=False, markup=False, soft_wrap=True)


def show_totals(totals: Totals) -> None:
    """A row for each plan, and one for all together."""
    table = Table("plan", box=box.SIMPLE_HEAD, padding=(0, 0), pad_edge=False)
    for heading in _HEADINGS:
        table.add_column(heading, justify="right")
    for name, sums in totals.plans():
        table.add_row(name, *_cells(sums))
    if len(totals.by_plan) != 1:
        table.add_section()
        table.add_row("all", *_cells(totals.all))
    _out.print(table)
    every = totals.all
    _out.print(
        f"{every.events:,} events judged again, {every.flips:,} outcomes flip; nothing was written."
    )
    if every.payouts_units or every.trader_share_units:
        _out.print(
            f"Payouts let through change by {USD(every.payouts_units)}, the traders' shares of them"
            f" by {USD(every.trader_share_units)}."
        )
    if every.lives_on:
        _out.print(
            f"Accounts that failed and live on where their history ends: {every.lives_on:,}. What"
            " they would have done then was never reported."
        )
    if every.ends_earlier:
        _out.print(
            f"Accounts that end earlier: {every.ends_earlier:,}; what came after is ignored."
        )
    if every.refused:
        _out.print(f"Reports refused, such as payouts no longer allowed: {every.refused:,}.")
    if every.unknown:
        _out.print(f"Accounts with something unknown: {every.unknown:,}; no data is no compliance.")


def show_accounts(answers: Sequence[Answer], *, of: int) -> None:
    """The first accounts with anything to tell, by what became of them."""
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 0), pad_edge=False)
    table.add_column("account", no_wrap=True)
    table.add_column("was", no_wrap=True)
    table.add_column("would\nbe", no_wrap=True)
    pays = any(each.before.payouts != each.after.payouts for each in answers)
    for heading in ("flips", "net profit", *(["payouts"] if pays else [])):
        table.add_column(heading, justify="right", no_wrap=True)
    for each in answers:
        before, after = each.before, each.after
        table.add_row(
            str(each.account_id),
            each.status_before,
            each.status_after,
            f"{each.flip_count:,}",
            _difference(before.net_profit, after.net_profit),
            *([_difference(before.payouts, after.payouts)] if pays else []),
        )
    _out.print(table)
    more = f"The first {len(answers):,} of {of:,}. " if of > len(answers) else ""
    _out.print(f"{more}--account lists the flips of one, --csv FILE those of all.")


def show_answer(answer: Answer) -> None:
    """One account: its flips, each with the event that flips it, and what cannot be known."""
    _out.print(
        f"Account {answer.account_id}: {answer.status_before} -> {answer.status_after}, net profit"
        f" {_money(answer.before.net_profit)} -> {_money(answer.after.net_profit)}."
    )
    if len(answer.pack_hashes) > 1:
        packs = ", then ".join(each[:_HASH_SHOWN] for each in answer.pack_hashes)
        _out.print(f"It was moved, and judged by the packs {packs}.")
    if answer.flips:
        _out.print(_flips(answer.flips[:_LISTED_MAX]))
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


def _flips(flips: Sequence[Told]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("seq\nevent", no_wrap=True)
    add_ids(table, "what flips", [each.name for each in flips])
    table.add_column("outcome", overflow="fold")
    for each in flips:
        table.add_row(*_flip_cells(each))
    return table


def _cells(sums: Sums) -> list[str]:
    return [
        f"{sums.accounts:,}",
        f"{sums.changed:,}",
        f"{sums.failed_before:,}/{sums.failed_after:,}",
        f"{sums.passed_before:,}/{sums.passed_after:,}",
        f"{sums.locks_before_only:,}/{sums.locks_after_only:,}",
        f"{sums.payouts_refused:,}",
        str(USD(sums.net_profit_units)),
        f"{sums.unknown:,}",
    ]


def _flip_cells(told: Told) -> tuple[str, ...]:
    event = told.report.event_type.removeprefix("account.")
    of = " ".join(filter(None, (told.name, told.subject, "" if told.certain else "(unknown)")))
    was, would_be = (
        _side(words, at, told.report)
        for words, at in ((told.before, told.before_at), (told.after, told.after_at))
    )
    return (
        f"{told.report.ledger_seq:,}\n{event}\n{_time(told.report.at)}",
        f"{told.kind} {told.change}\n{of}",
        f"was {was}\nwould be {would_be}",
    )


def _side(words: str | None, at: datetime | None, report: Report) -> str:
    """What was or would be, and when, where that is not the time of the event."""
    if words is None:
        return "-"
    return words if at in (None, report.at) else f"{words}, {_time(at)}"


def _time(at: datetime) -> str:
    """It breaks at its space where a column is narrow."""
    return f"{moment_text(at)[:19]}Z".replace("T", " ")


def _difference(before: int | None, after: int | None) -> str:
    return "unknown" if before is None or after is None else str(USD(after - before))


def _money(units: int | None) -> str:
    return "unknown" if units is None else str(USD(units))
