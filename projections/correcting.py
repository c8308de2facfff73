"""What a correction does to rows that were written before it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias
from uuid import UUID

from psycopg import Cursor

from domain.accounts.events_corrections import HistoryCorrected
from domain.documents import canonical_json
from projections.kernel import Batch, Happened, Projected

Correction: TypeAlias = tuple[Projected, HistoryCorrected]


def between_corrections(batch: Batch) -> Iterator[tuple[Happened, Sequence[Correction]]]:
    """Runs of events, each with the corrections that follow it, one of an account at the most.

    Only the order of each account is kept. The first run has all events of accounts that nothing
    corrects, so that there are hardly more runs than corrections of one account.
    """
    if not batch.happened.of(HistoryCorrected):
        yield batch.happened, ()
        return
    runs: list[tuple[list[Projected], list[Correction]]] = [([], [])]
    places: dict[UUID, int] = {}
    for each in batch.events:
        place = places.get(each.recorded.stream_id, 0) if places else 0
        if isinstance(each.event, HistoryCorrected):
            runs[place][1].append((each, each.event))
            places[each.recorded.stream_id] = place + 1
            if len(runs) == place + 1:
                runs.append(([], []))
        else:
            runs[place][0].append(each)
    for events, corrections in runs:
        yield Happened(events), corrections


def correct_fills(cursor: Cursor[Any], corrections: Sequence[Correction]) -> None:
    """Let the fills realise what they do by the corrected histories."""
    fills = [(event.originator_id, fill) for _, event in corrections for fill in event.fills]
    if fills:
        cursor.executemany(
            "UPDATE trades SET gross_units = %s, net_units = %s - fees_units,"
            " metadata = metadata || %s::jsonb"
            " WHERE account_id = %s AND kind = 'fill' AND trade_id = %s",
            [
                (
                    fill["realised_units"],
                    fill["realised_units"],
                    canonical_json({"closed_quantity": fill["closed_quantity"]}),
                    account_id,
                    fill["fill_id"],
                )
                for account_id, fill in fills
            ],
        )
