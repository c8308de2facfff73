"""docs/performance.md, as the bench writes it: tables between two marks, from a run's figures."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from tests.bench.targets import TARGETS, Target

DOCS: Final = Path(__file__).parents[2] / "docs"
PAGE: Final = DOCS / "performance.md"
FIGURES: Final = DOCS / "performance.json"
BEGINS: Final = "<!-- Written by the bench from here on. -->"
ENDS: Final = "<!-- Written by the bench up to here. -->"

PERCENTILES: Final = ("p50", "p95", "p99")
OF_MANY: Final = "per_second"
NOT_MEASURED: Final = "not measured in this run"

NAMES: Final[Mapping[str, str]] = {
    "ours": "this ledger",
    "stock_recorder": "stock recorder",
    "bare_inserts": "bare prepared INSERTs",
}


def publish(found: Mapping[str, Any]) -> None:
    """Keep the figures of a run, and write the page from them."""
    FIGURES.write_text(json.dumps(found, indent=1) + "\n")
    PAGE.write_text(page_of(found, PAGE.read_text()))


def rewrite() -> None:
    """Write the page anew from the figures that are kept, after a change of its form."""
    PAGE.write_text(page_of(json.loads(FIGURES.read_text()), PAGE.read_text()))


def page_of(found: Mapping[str, Any], before: str) -> str:
    """The page with the figures of this run; what stands outside the marks stays."""
    head, _, rest = before.partition(BEGINS)
    _, _, tail = rest.partition(ENDS)
    assert rest, "the page has its marks"
    return "\n\n".join([head + BEGINS, *_parts(found), ENDS + tail])


def _parts(found: Mapping[str, Any]) -> Iterator[str]:
    yield _run(found)
    yield "## Targets"
    yield _table(("what", "target", "measured", "met"), (_target(each, found) for each in TARGETS))
    shown = {"machine", "seconds", "measured_at", "seed"}
    for heading, prefix, rows in (
        ("## Durable appends of one event", "append_", _appends),
        ("## From a command to its answer", "latency_", _latencies),
        ("## A long log beside a short one", "long_log_", _long_log),
    ):
        sections = {name: each for name, each in found.items() if name.startswith(prefix)}
        shown |= sections.keys()
        yield heading
        yield rows(sections) if sections else f"This was {NOT_MEASURED}."
    yield "## Everything else"
    yield _table(
        ("what", "figure", "value"),
        (
            (f"`{name}`", f"`{figure}`", _value(value))
            for name, section in found.items()
            if name not in shown
            for figure, value in section.items()
        ),
    )


def _run(found: Mapping[str, Any]) -> str:
    machine = found["machine"]
    said = ", ".join(f"{name.replace('_', ' ')} {_value(value)}" for name, value in machine.items())
    return f"Measured on {found['measured_at'][:10]}, seed {found['seed']}: {said}."


def _target(target: Target, found: Mapping[str, Any]) -> Sequence[str]:
    figure = target.figure(found)
    bound = f"at {'most' if target.at_most else 'least'} {_value(target.bound)}"
    if figure is None:
        return (target.what, bound, NOT_MEASURED, "")
    return (target.what, bound, _value(figure), "yes" if target.met(figure) else "**no**")


def _appends(sections: Mapping[str, Any]) -> str:
    rows = []
    for section in sections.values():
        ours = section["ours"][OF_MANY]
        for name in NAMES:
            each = section[name]
            over = "" if name == "ours" else f"{Decimal(ours) / each[OF_MANY]:.2f}"
            rows.append((str(each["clients"]), NAMES[name], *_rate_and_latency(each), over))
    return _table(("clients", "through", "a second", *_MS, "this ledger, times"), rows)


def _latencies(sections: Mapping[str, Any]) -> str:
    first = next(iter(sections.values()))
    rows = [
        (name.removeprefix("latency_"), *_rate_and_latency(each)[1:])
        for name, each in sections.items()
    ]
    return (
        f"At {first['offered_per_second']} trades a second, each counted from when it was due.\n\n"
        + _table(("moment", *_MS), rows)
    )


def _long_log(sections: Mapping[str, Any]) -> str:
    rows = []
    for name, section in sections.items():
        what = name.removeprefix("long_log_").replace("_", " ")
        for which in ("short", "long"):
            over = section["p50_over_short"] if which == "long" else ""
            rows.append((what, which, *_rate_and_latency(section[which]), over))
    events = next(iter(sections.values()))["events"]
    return f"A log of {events:,} events and one of 100,000, measured in turn.\n\n" + _table(
        ("what", "log", "a second", *_MS, "p50, times the short log"), rows
    )


_MS: Final = tuple(f"{name} ms" for name in PERCENTILES)


def _rate_and_latency(each: Mapping[str, Any]) -> tuple[str, ...]:
    return (f"{each[OF_MANY]:,}", *(_ms(each[f"{name}_us"]) for name in PERCENTILES))


def _ms(microseconds: int) -> str:
    return f"{Decimal(microseconds) / 1_000:,.2f}"


def _value(value: Any) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case int():
            return f"{value:,}"
        case Decimal():
            return f"{value:,.2f}" if value % 1 else f"{value:,.0f}"
        case list():
            return " ".join(map(str, value))
        case dict() if OF_MANY in value and "p50_us" in value:
            rate, *latencies = _rate_and_latency(value)
            return f"{rate}/s; {' / '.join(latencies)} ms"
        case dict():
            return ", ".join(f"{name} {_value(each)}" for name, each in value.items())
        case _:
            return str(value)


def _table(headings: Sequence[str], rows: Any) -> str:
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join(f"| {' | '.join(each)} |" for each in lines)


if __name__ == "__main__":
    rewrite()
