"""Reading what runs have found: a snapshot of the work, and flips in pages, as JSON or CSV."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any, Final

from fastapi import Header, Query, Response
from psycopg import OperationalError
from pydantic import Field

from application.whatif.documents import COLUMNS, csv_text
from interfaces.http.desk import Desk, TheDesk
from interfaces.http.fields import Day, Moment, Wire
from interfaces.http.guard import guarded_router
from interfaces.http.page_models import PageIn, PageOut
from interfaces.http.pagination import ThePages
from interfaces.http.problem_models import refusals
from interfaces.http.reading import ReadModelsUnavailable, Snapshot
from interfaces.http.whatif_models import RunId

CSV: Final = "text/csv"

router = guarded_router(tag="what-if")

_FLIPS: Final = "SELECT number, flip FROM work.whatif_flips "


class WhatIfFlipOut(Wire):
    """One outcome that flips, with the event that flips it. Amounts are decimal texts in dollars.

    `before` and `after` say in words what was and what would be; null on one side, it appears or
    disappears.
    """

    account_id: str = Field(examples=["0199f3c2-7f00-7000-8000-000000000001"])
    plan: str = Field(examples=["Standard 25K"])
    status_before: str = Field(examples=["active"])
    status_after: str = Field(description="`unknown` where no data says", examples=["failed"])
    kind: str = Field(
        description="status, violation, lock, failure, pass, payout or payment",
        examples=["failure"],
    )
    change: str = Field(
        description="appears, disappears, moves (in time) or changes", examples=["appears"]
    )
    name: str = Field(description="A rule or a payout's id", examples=["max_loss"])
    subject: str | None = Field(examples=[None])
    trading_day: Day | None
    ledger_seq: int = Field(description="Of the event that flips it", examples=[26])
    event_type: str = Field(examples=["account.trade_recorded"])
    at: Moment
    before_at: Moment | None = Field(examples=[None])
    after_at: Moment | None
    before: str | None = Field(examples=[None])
    after: str | None = Field(examples=["max_loss"])
    amount: str | None = Field(description="Of payouts: after less before", examples=[None])
    trader_share: str | None = Field(examples=[None])
    net_profit_before: str | None = Field(examples=["-1478.56"])
    net_profit_after: str | None = Field(description="Null where unknown", examples=["-1130.38"])
    lives_on: bool = Field(
        description="It failed, its history ends there, and now it has not failed",
        examples=[False],
    )
    certain: bool = Field(description="False after something unknown", examples=[True])
    pack_hashes: str = Field(
        default="",
        description="The packs it was opened under and moved to, in order, with spaces between;"
        " empty in runs of earlier releases",
        examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"],
    )


@contextmanager
def work_snapshot(desk: Desk) -> Iterator[Snapshot]:
    """The runs and flips there are. Refuses with ReadModelsUnavailable or DatabaseUnusable."""
    try:
        with desk.runtime.runs.pool.connection() as session:
            yield Snapshot(session, position=0)
    except OperationalError as fault:
        raise ReadModelsUnavailable("The runs cannot be read. Ask again soon.") from fault


@router.get(
    "/whatif-runs/{run_id}/flips",
    summary="List the flips of a what-if run",
    response_model=PageOut[WhatIfFlipOut],
    responses={
        **refusals(
            "not-found", "cursor-refused", "read-models-unavailable", "ledger-unavailable",
            "database-unusable",
        ),
        200: {
            "description": "A page; as CSV where `Accept` asks for it, with `Next-Cursor`.",
            "content": {CSV: {"schema": {"type": "string"}, "example": ",".join(COLUMNS)}},
        },
    },
)  # fmt: skip
def list_whatif_flips(
    run_id: RunId,
    desk: TheDesk,
    pages: ThePages,
    asked: Annotated[PageIn, Query()],
    accept: Annotated[str, Header(description="`text/csv` answers CSV")] = "application/json",
) -> Any:
    """Every outcome that flips, by account, in the order of the events that flip it.

    While a run is at work there are those it has found so far.
    """
    page = pages.turn_to(asked)
    desk.runtime.runs.find(run_id)
    with work_snapshot(desk) as snapshot:
        rows = snapshot.page(
            _FLIPS,
            ("run_id = %s", (run_id,)),
            ("number > %s", page.after),
            order="number",
            limit=page.rows_wanted,
        )
        found = page.of(
            rows, lambda row: row["flip"], key=lambda row: (row["number"],), snapshot=snapshot
        )
    flips = [json.loads(each) for each in found.data]
    if CSV in accept:
        headers = {"Next-Cursor": found.next_cursor} if found.next_cursor else {}
        return Response(csv_text(flips, header=True), media_type=CSV, headers=headers)
    return PageOut(
        data=[WhatIfFlipOut.model_validate(each) for each in flips],
        next_cursor=found.next_cursor,
    )
