"""What the append combiner of this process counts."""

from __future__ import annotations

from dataclasses import fields

from application.watching.figures import CombinerFigures, Missing
from infrastructure.event_store.recorder import LedgerRecorder


def combiner_figures(recorder: LedgerRecorder) -> CombinerFigures | Missing:
    """A snapshot of its counters."""
    counts = getattr(getattr(recorder, "appends", None), "counts", None)
    if counts is None:
        return Missing.ABSENT
    return CombinerFigures(**{each.name: getattr(counts, each.name) for each in fields(counts)})
