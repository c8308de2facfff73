"""`make bench`: every number beside its baseline of the same run, as JSON, a table and a page."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any, Final, TypeAlias

from rich.console import Console
from rich.table import Table

from application.simulation.books import Book
from application.simulation.writing import write_book
from interfaces.bootstrap.runtime import Runtime
from interfaces.bootstrap.starting import running
from interfaces.settings import Settings
from tests.bench.appends import append_alone, bench_appends
from tests.bench.bulk import bench_bulk
from tests.bench.large import LONG, bench_large
from tests.bench.latencies import bench_latencies
from tests.bench.long_rebuild import bench_long_rebuild
from tests.bench.marks import bench_marks
from tests.bench.measuring import machine
from tests.bench.offered import bench_offered
from tests.bench.over_http import bench_requests
from tests.bench.page import PAGE, publish
from tests.bench.projecting import bench_projecting
from tests.bench.simulating import bench_simulating
from tests.bench.snapshots import bench_snapshots
from tests.bench.summaries import bench_summaries
from tests.bench.verdicts import bench_verdicts
from tests.bench.whatif import bench_whatif

SEED: Final = 1
DAYS: Final = 10
"""Trading days of the simulated book that the log is filled with."""

Found: TypeAlias = dict[str, Any]
Section: TypeAlias = Callable[[Runtime, Book, argparse.Namespace], Found]

_out = Console(highlight=False)


def _verdicts(runtime: Runtime, _: Book, options: argparse.Namespace) -> Found:
    alone = append_alone(runtime.database_url, seconds=options.seconds)
    return bench_verdicts(runtime.database_url, seconds=options.seconds, append_p50_us=alone.p50_us)


def _summaries(runtime: Runtime, book: Book, options: argparse.Namespace) -> Found:
    accounts = [book.account_id(number) for number in range(book.accounts)]
    return bench_summaries(runtime, accounts, seconds=options.seconds)


SECTIONS: Final[Mapping[str, Section]] = {
    "simulation": lambda _, __, options: bench_simulating(seconds=options.seconds),
    "projection": lambda runtime, _, __: bench_projecting(runtime),
    "rebuild": lambda _, book, __: bench_long_rebuild(book),
    "whatif": lambda runtime, _, __: bench_whatif(runtime),
    "marks": lambda runtime, _, options: bench_marks(
        runtime, accounts=options.watched, marks=options.marks
    ),
    "summaries": _summaries,
    "latencies": lambda runtime, _, options: bench_latencies(runtime, seconds=options.offered),
    "snapshots": lambda runtime, _, options: bench_snapshots(
        runtime.database_url, seconds=options.seconds
    ),
    "appends": lambda runtime, _, options: bench_appends(
        runtime.database_url, seconds=options.seconds
    ),
    "bulk": lambda runtime, _, options: bench_bulk(runtime.database_url, seconds=options.seconds),
    "verdicts": _verdicts,
    "offered": lambda runtime, _, options: bench_offered(
        runtime.database_url, runtime.ledger, seconds=options.offered
    ),
    "requests": lambda runtime, _, options: bench_requests(runtime, seconds=options.seconds),
}
"""In this order: the first look at the book alone, the next add to it, and those from the appends
on leave events in the log that no read model can take in.
"""


def main() -> None:
    """Run the benchmarks on embedded servers of their own."""
    options = _options()
    found: Found = {
        "machine": machine(),
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "seed": SEED,
        "seconds": str(options.seconds),
    }
    chosen = [name for name in SECTIONS if name in options.only or not options.only]
    if chosen:
        with running(Settings(), data_dir=None) as runtime:
            book, began = Book(seed=SEED, accounts=options.accounts, days=DAYS), monotonic()
            write_book(book, runtime.ledger, runtime.log)
            _out.print(f"the book: {monotonic() - began:.0f} s")
            for name in chosen:
                began = monotonic()
                found |= SECTIONS[name](runtime, book, options)
                _out.print(f"{name}: {monotonic() - began:.0f} s")
    if options.large:
        found |= bench_large(seconds=options.seconds, long=options.large)
    _write(found, options)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=main.__doc__)
    parser.add_argument("--out", type=Path, default=Path("bench-results"))
    parser.add_argument("--seconds", type=float, default=2.0, help="length of one closed loop")
    parser.add_argument(
        "--accounts", type=int, default=1_200, help="accounts in the log, about 80 events each"
    )
    parser.add_argument("--watched", type=int, default=20_000, help="accounts of the engine")
    parser.add_argument("--marks", type=int, default=2_000_000, help="marks that it judges")
    parser.add_argument("--offered", type=int, default=10, help="seconds of trades at a rate")
    parser.add_argument(
        "--only", type=_names, default=(), help=f"sections, of {', '.join(SECTIONS)} and none"
    )
    parser.add_argument(
        "--large", type=int, nargs="?", const=LONG, help="a log of so many events, too"
    )
    parser.add_argument("--docs", action="store_true", help="write docs/performance.md, too")
    return parser.parse_args()


def _names(text: str) -> list[str]:
    names = text.split(",")
    if unknown := set(names) - SECTIONS.keys() - {"none"}:
        raise argparse.ArgumentTypeError(f"there is no section {', '.join(sorted(unknown))}")
    return names


def _write(found: Found, options: argparse.Namespace) -> None:
    options.out.mkdir(parents=True, exist_ok=True)
    file = options.out / f"bench-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.json"
    file.write_text(json.dumps(found, indent=1) + "\n")
    _show(found)
    _out.print(f"Written to {file}")
    if options.docs and options.only:
        _out.print("The page stays as it is: it shows whole runs, and this was a part of one.")
    elif options.docs:
        publish(found)
        _out.print(f"{PAGE.name} shows this run now")


def _show(found: Found) -> None:
    table = Table("what", "figure", "value")
    for name, figures in found.items():
        if isinstance(figures, dict):
            for figure, value in figures.items():
                table.add_row(name, figure, _text(value))
    Console(width=110, highlight=False).print(table)


def _text(value: object) -> str:
    if not isinstance(value, dict):
        return str(value)
    latencies = "  ".join(f"{name} {value[f'{name}_us']:,}" for name in ("p50", "p95", "p99"))
    return f"{value['per_second']:,}/s  {latencies} us"


if __name__ == "__main__":
    main()
