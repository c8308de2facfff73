"""`docs/reference/metrics.md`, and the list of metrics that others rely on, made from the code."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from application.watching.alarm_kinds import ALARMS
from interfaces.watching.catalogue import LEDGER, PROCESS, Described

_PAGE: Final = """# Metrics

{made}

What `GET /metrics` tells, for Prometheus.
Who may ask, and where, is in [watching](../explanation/watching.md).
Names, kinds and labels are promised: a test compares them with `tests/golden/metrics.txt`.
A label has few values that are known beforehand; none names an account or a trader.

Histograms have `_bucket`, `_sum` and `_count`.
`process_…` is what the client library tells of the process: its memory, its time, its files.
"""
_LEDGER: Final = """
## Of the ledger

The same in every process, out of one look at the database, at most once a second.
Take them from one process, or as the maximum over all.
What the database does not have, or what could not be read, has no sample.

"""
_PROCESS: Final = """
## Of a process

What this process has done since it began.
Add them up over all processes.

"""
_ALARMS: Final = """
## Alarms

The values of `alarm`.
Rules for Prometheus are in `docs/runbooks/alerts.yml`.

| alarm | severity | meaning | page |
|---|---|---|---|
"""


def metrics_page(*, made: str) -> str:
    """The page; `made` says how it was made."""
    parts = [_PAGE.format(made=made), _LEDGER, *_table(LEDGER), _PROCESS, *_table(PROCESS)]
    return "".join((*parts, _ALARMS, *_alarms()))


def promised() -> str:
    """Every name with its kind and labels, a line each."""
    lines = (" ".join((each.name, each.kind, *each.labels)) for each in (*LEDGER, *PROCESS))
    return "\n".join(sorted(lines)) + "\n"


def _table(metrics: Iterable[Described]) -> Iterator[str]:
    yield "| metric | kind | labels | what it is |\n|---|---|---|---|\n"
    for each in metrics:
        labels = "; ".join(f"`{name}`: {values}" for name, values in each.labels.items())
        yield f"| `{each.name}` | {each.kind} | {labels} | {each.help} |\n"


def _alarms() -> Iterator[str]:
    for name, kind in ALARMS.items():
        page = f"[{kind.runbook.rpartition('/')[2]}](../{kind.runbook}.md)"
        yield f"| `{name}` | {kind.severity} | {kind.meaning} | {page} |\n"
