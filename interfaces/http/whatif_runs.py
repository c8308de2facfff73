"""What-if questions about many accounts, as jobs: asked, looked at, cancelled."""

from __future__ import annotations

import hashlib
import json
from typing import Annotated, Final

from fastapi import Query, Response
from uuid_utils.compat import uuid7

from application.whatif.questions import question_document
from application.whatif.runs import NewRun, Run
from domain.documents import canonical_json
from interfaces.http.desk import Caller, TheDesk
from interfaces.http.guard import guarded_router
from interfaces.http.idempotency import IdempotencyHeader, key_in
from interfaces.http.page_models import PageIn, PageOut
from interfaces.http.pagination import ThePages
from interfaces.http.problem_models import refusals
from interfaces.http.reading import Row
from interfaces.http.whatif_models import (
    ProgressOut,
    RunId,
    RunProblemOut,
    WhatIfRunIn,
    WhatIfRunOut,
)
from interfaces.http.whatif_reading import work_snapshot

RUNS_WAITING_MAX: Final = 100
"""Runs of everybody together that are not ended."""

router = guarded_router(tag="what-if")

_LIST: Final = """
SELECT run_id, caller, status, question, log_position, created_at, started_at, finished_at,
    attempts, done, total, flips_kept, summary, problem_code, problem_sentence
FROM work.whatif_runs
"""


@router.post(
    "/whatif-runs",
    status_code=202,
    summary="Ask a what-if question as a job",
    responses=refusals(
        "whatif-refused", "counterfactual-refused", "program-unknown", "unreadable-document",
        "too-many-whatif-runs", "idempotency-key-missing",
        "idempotency-key-malformed", "idempotency-key-reused", "unreadable-body", "body-too-large",
        "ledger-unavailable", "database-unusable",
    ),
)  # fmt: skip
def ask_whatif_run(
    asked: WhatIfRunIn,
    desk: TheDesk,
    caller: Caller,
    response: Response,
    idempotency_key: IdempotencyHeader = None,
) -> WhatIfRunOut:
    """Judge recorded histories under another pack, or with less traded. Nothing is changed by it.

    The log is judged as it stands now. A worker does it; `Location` says where to look.
    """
    question = question_document(asked.question())
    new = NewRun(
        run_id=uuid7(),
        caller=caller.actor,
        key=key_in(idempotency_key),
        fingerprint=hashlib.sha256(canonical_json(question).encode()).hexdigest(),
        question=question,
        log_position=desk.runtime.log.head(),
    )
    run, replayed = desk.runtime.runs.ask(
        new,
        open_max=desk.runtime.settings.whatif_runs_open_max,
        waiting_max=RUNS_WAITING_MAX,
    )
    if replayed:
        response.headers["Idempotent-Replayed"] = "true"
    else:
        # Lost, the hint is no harm: workers look for what waits.
        desk.runtime.hints.hint(run.run_id)
    response.headers["Location"] = f"/v1/whatif-runs/{run.run_id}"
    return run_of(run)


@router.get(
    "/whatif-runs",
    summary="List what-if runs",
    responses=refusals("cursor-refused", "read-models-unavailable", "database-unusable"),
)
def list_whatif_runs(
    desk: TheDesk, pages: ThePages, asked: Annotated[PageIn, Query()]
) -> PageOut[WhatIfRunOut]:
    """Every run that is kept, newest first. The oldest ended ones are forgotten in time."""
    page = pages.turn_to(asked)
    with work_snapshot(desk) as snapshot:
        rows = snapshot.page(
            _LIST,
            ("(created_at, run_id) < (%s::timestamptz, %s::uuid)", page.after),
            order="created_at DESC, run_id DESC",
            limit=page.rows_wanted,
        )
        return page.of(
            rows,
            _run_of_row,
            key=lambda row: (row["created_at"].isoformat(), row["run_id"]),
            snapshot=snapshot,
        )


@router.get(
    "/whatif-runs/{run_id}",
    summary="Read a what-if run",
    responses=refusals("not-found", "ledger-unavailable", "database-unusable"),
)
def get_whatif_run(run_id: RunId, desk: TheDesk) -> WhatIfRunOut:
    """What was asked, how far it is, and what it came to."""
    return run_of(desk.runtime.runs.find(run_id))


@router.post(
    "/whatif-runs/{run_id}/cancellations",
    status_code=202,
    summary="Cancel a what-if run",
    responses=refusals("not-found", "whatif-run-ended", "ledger-unavailable", "database-unusable"),
)
def cancel_whatif_run(run_id: RunId, desk: TheDesk) -> WhatIfRunOut:
    """End a run that is not ended. Whoever works on it stops within seconds. Again is harmless."""
    return run_of(desk.runtime.runs.cancel(run_id))


def run_of(run: Run) -> WhatIfRunOut:
    """A run on the wire."""
    failed = run.problem_code is not None
    return WhatIfRunOut(
        id=run.run_id,
        status=run.status,
        asked_by=run.caller,
        question=run.question,
        log_position=run.log_position,
        created_at=run.created_at,
        started_at=run.started_at,
        finished_at=run.finished_at,
        progress=ProgressOut(done=run.done, total=run.total),
        flips_listed=run.flips_kept,
        summary=run.summary,
        problem=(
            RunProblemOut(code=run.problem_code or "", detail=run.problem_sentence or "")
            if failed
            else None
        ),
    )


def _run_of_row(row: Row) -> WhatIfRunOut:
    summary = row["summary"]
    return run_of(
        Run(
            **{
                **row,
                "question": json.loads(row["question"]),
                "summary": None if summary is None else json.loads(summary),
            }
        )
    )
