"""What a simulated book came to: as a document, and as a table that fits a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

from rich import box
from rich.console import Console
from rich.table import Table

from application.simulation.books import Book
from application.simulation.tally import Tally
from domain.money import UNITS_PER_CENT, USD

_Row: TypeAlias = tuple[str, int | USD | str]

_out = Console(highlight=False, markup=False)


def document_of(book: Book, tally: Tally, *, dry_run: bool) -> dict[str, Any]:
    """All counts and sums as JSON; money as decimal texts."""
    return {
        "seed": book.seed,
        "start": str(book.trading_days[0]),
        "end": str(book.trading_days[-1]),
        "plan": book.plan,
        "dry_run": dry_run,
        "accounts": tally.accounts,
        "followed": tally.followed,
        "trading_days": book.days,
        "events": tally.events,
        "new_events": tally.new_events,
        "trades": tally.trades,
        "fills": tally.fills,
        "voids": tally.voids,
        "marks": tally.marks,
        "warnings": tally.warnings,
        "moves": tally.moves,
        "releases": tally.releases,
        "days_closed": tally.days_closed,
        "outcomes": _sorted(tally.outcomes),
        "plans": _sorted(tally.plans),
        "violations": _sorted(tally.violations),
        "products": _sorted(tally.products),
        "payouts": _sorted(tally.payouts),
        "corrections": _sorted(tally.corrections),
        "revisions": _sorted(tally.revisions),
        "gross": str(tally.gross),
        "fees": str(tally.fees),
        "voided": str(tally.voided),
        "corrected": str(tally.corrected),
        "paid": str(tally.paid),
        "paid_to_traders": str(tally.paid_to_traders),
        "net": str(tally.net),
        "examples": dict(sorted(tally.examples.items())),
    }


def show(book: Book, tally: Tally, *, dry_run: bool) -> None:
    """Print the table, and where to look next."""
    first, last = book.trading_days[0], book.trading_days[-1]
    title = f"Book {book.seed}: {tally.accounts:,} accounts, {first} to {last}"
    table = Table(box=box.SIMPLE_HEAD, title=title, title_justify="left", show_header=False)
    table.add_column("what")
    table.add_column("figure", justify="right", no_wrap=True)
    for section in _sections(tally):
        for label, figure in section:
            table.add_row(label, _text(figure))
        table.add_section()
    _out.print(table)
    events = f"{tally.events:,} events"
    new = f"{tally.new_events:,} of them new" if tally.new_events else "none of them new"
    if dry_run:
        _out.print(f"{events}. Dry run: nothing was written.")
        return
    _out.print(f"{events}, {new}.\n\nTo look at, each with `dynasty audit show ACCOUNT`:")
    for story, account_id in sorted(tally.examples.items()):
        _out.print(f"  {account_id}  {story}")


def _sections(tally: Tally) -> Iterator[Sequence[_Row]]:
    evaluations = sum(n for name, n in tally.outcomes.items() if name.startswith("evaluation"))
    funded = tally.accounts - evaluations
    rows: list[_Row] = [
        (name, f"{count:,} ({_percent(count, evaluations if name[0] == 'e' else funded)})")
        for name, count in sorted(tally.outcomes.items())
    ]
    yield [*rows, ("funded after a pass, among them", tally.followed)]
    yield [(f"violations of {name}", count) for name, count in _sorted(tally.violations).items()]
    yield [
        *((f"payouts {name}", count) for name, count in _sorted(tally.payouts).items()),
        ("paid out", tally.paid),
        ("of which to traders", tally.paid_to_traders),
    ]
    yield [
        *((f"corrections: {name}", count) for name, count in _sorted(tally.corrections).items()),
        *((f"revisions: {name}", count) for name, count in _sorted(tally.revisions).items()),
        ("moves to another pack", tally.moves),
        ("warnings before a limit", tally.warnings),
        ("news releases scheduled", tally.releases),
    ]
    yield [
        ("round trips", tally.trades),
        ("fills", tally.fills),
        ("taken back on their day", tally.voids),
        ("marks that were facts", tally.marks),
        ("trading days closed", tally.days_closed),
    ]
    yield [
        ("gross profit of all executions", tally.gross),
        ("their fees", tally.fees),
        ("net of what was taken back", tally.voided),
        ("brought by corrections", tally.corrected),
        ("change of all balances", tally.net),
    ]


def _text(figure: int | USD | str) -> str:
    if isinstance(figure, USD):
        sign, cents = "-" if figure.units < 0 else "", abs(figure.units) // UNITS_PER_CENT
        return f"{sign}{cents // 100:,}.{cents % 100:02}"
    return f"{figure:,}" if isinstance(figure, int) else figure


def _percent(part: int, whole: int) -> str:
    return f"{(part * 200 + whole) // (2 * whole)} %"


def _sorted(counts: Counter[str]) -> dict[str, int]:
    """The most frequent first; by name where two are as frequent."""
    return dict(sorted(counts.items(), key=lambda each: (-each[1], each[0])))
