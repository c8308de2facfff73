"""What a correction does to rows that were written before it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from psycopg import Cursor

from domain.accounts.events_corrections import HistoryCorrected
from domain.documents import canonical_json
from projections.kernel import Projected


def between_corrections(
    events: Sequence[Projected],
) -> Iterator[tuple[Sequence[Projected], tuple[Projected, HistoryCorrected] | None]]:
    """Runs of events, each with the correction that ends it; the last run has none."""
    run: list[Projected] = []
    for each in events:
        if isinstance(each.event, HistoryCorrected):
            yield run, (each, each.event)
            run = []
        else:
            run.append(each)
    yield run, None


def corrections_of(events: Sequence[Projected]) -> Iterator[HistoryCorrected]:
    """Every correction, in the order of the log."""
    return (each.event for each in events if isinstance(each.event, HistoryCorrected))


def correct_fills(cursor: Cursor[Any], event: HistoryCorrected) -> None:
    """Let the fills realise what they do by the corrected history."""
    if event.fills:
        cursor.executemany(
            "UPDATE trades SET gross_units = %s, net_units = %s - fees_units,"
            " metadata = metadata || %s::jsonb"
            " WHERE account_id = %s AND kind = 'fill' AND trade_id = %s",
            [
                (
                    fill["realised_units"],
                    fill["realised_units"],
                    canonical_json({"closed_quantity": fill["closed_quantity"]}),
                    event.originator_id,
                    fill["fill_id"],
                )
                for fill in event.fills
            ],
        )
