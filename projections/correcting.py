"""What a correction does to rows that were written before it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from psycopg import Cursor

from domain.documents import canonical_json
from projections.kernel import Correction


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
