"""What the append combiner of this process counts."""

from __future__ import annotations

from dataclasses import fields

from application.watching.figures import CombinerFigures
from infrastructure.event_store.recorder import LedgerRecorder


def combiner_figures(recorder: LedgerRecorder) -> CombinerFigures:
    """A snapshot of its counters."""
    counts = recorder.appends.counts
    return CombinerFigures(**{each.name: getattr(counts, each.name) for each in fields(counts)})
