"""`make bench`: every number beside its baseline of the same run, as JSON and as a table."""

from __future__ import annotations

import argparse
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from application.simulation.books import Book
from application.simulation.writing import write_book
from interfaces.bootstrap import running
from interfaces.settings import Settings
from tests.bench.appends import bench_appends
from tests.bench.marks import bench_marks
from tests.bench.measuring import machine
from tests.bench.offered import bench_offered
from tests.bench.over_http import bench_requests
from tests.bench.projecting import bench_projecting
from tests.bench.simulating import bench_simulating
from tests.bench.summaries import bench_summaries
from tests.bench.verdicts import bench_verdicts
from tests.bench.whatif import bench_whatif

DAYS = 10
"""Trading days of the simulated book that the log is filled with."""


def main() -> None:
    """Run all benchmarks on embedded servers of their own."""
    parser = argparse.ArgumentParser(prog="make bench", description=main.__doc__)
    parser.add_argument("--out", type=Path, default=Path("bench-results"))
    parser.add_argument("--seconds", type=float, default=3.0, help="length of one closed loop")
    parser.add_argument(
        "--accounts", type=int, default=600, help="accounts in the log, about 80 events each"
    )
    parser.add_argument("--watched", type=int, default=20_000, help="accounts of the engine")
    parser.add_argument("--marks", type=int, default=2_000_000, help="marks that it judges")
    parser.add_argument("--offered", type=int, default=10, help="seconds of trades at a rate")
    options = parser.parse_args()
    found: dict[str, Any] = {"machine": machine(), "seconds": str(options.seconds)}
    with running(Settings(), data_dir=None) as runtime:
        book = Book(seed=1, accounts=options.accounts, days=DAYS)
        write_book(book, runtime.ledger, runtime.log)
        accounts = [book.account_id(number) for number in range(book.accounts)]
        found |= bench_simulating(seconds=options.seconds)
        found |= bench_projecting(runtime)
        found |= bench_whatif(runtime)
        found |= bench_marks(runtime, accounts=options.watched, marks=options.marks)
        found |= bench_summaries(runtime, accounts, seconds=options.seconds)
        found |= bench_appends(runtime.database_url, seconds=options.seconds)
        found |= bench_verdicts(
            runtime.database_url,
            seconds=options.seconds,
            append_p50_us=found["append_1_clients"]["ours"]["p50_us"],
        )
        found |= bench_offered(runtime.database_url, runtime.ledger, seconds=options.offered)
        found |= bench_requests(runtime, seconds=options.seconds)
    options.out.mkdir(parents=True, exist_ok=True)
    file = options.out / f"bench-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.json"
    file.write_text(json.dumps(found, indent=1) + "\n")
    _show(found)
    Console().print(f"Written to {file}")


def _show(found: dict[str, Any]) -> None:
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
