"""The rule packs on sale, and every version that was."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Final, TypeAlias

from fastapi import Path, Query
from pydantic import Field

from application.errors import StreamNotFound
from interfaces.http.fields import Moment, Wire
from interfaces.http.guard import guarded_router
from interfaces.http.page_models import PageIn, PageOut
from interfaces.http.pagination import ThePages
from interfaces.http.positions import READS
from interfaces.http.problem_models import refusals
from interfaces.http.reading import Row, TheReader
from interfaces.http.rules_in import PhaseName

NUMBER_MAX: Final = 2**31 - 1
router = guarded_router(tag="packs")

ProgramName: TypeAlias = Annotated[
    str, Path(max_length=100, description="A program of the firm", examples=["standard-25k"])
]
ProgramPhase: TypeAlias = Annotated[
    PhaseName, Path(description="A phase of it", examples=["evaluation"])
]
_SUMMARY: Final = """
SELECT program, phase, number, pack_hash, jsonb_array_length(diff) AS changes, impact_hash, reason,
    published_at, ledger_seq
FROM read.pack_versions AS v
"""
_NEWEST: Final = (
    "NOT EXISTS (SELECT FROM read.pack_versions AS w WHERE (w.program, w.phase) ="
    " (v.program, v.phase) AND w.number > v.number)"
)
_ONE: Final = """
SELECT program, phase, number, pack_hash, jsonb_array_length(diff) AS changes, impact_hash, reason,
    published_at, pack, diff, impact
FROM read.pack_versions
WHERE program = %s AND phase = %s AND (%s::integer IS NULL OR number = %s)
ORDER BY number DESC LIMIT 1
"""


class PackVersionSummaryOut(Wire):
    """A published version in a list."""

    program: str = Field(examples=["standard-25k"])
    phase: PhaseName = Field(examples=["evaluation"])
    number: int = Field(description="From 1 on; the same as the ETag", examples=[2])
    pack_hash: str = Field(
        description="SHA-256 of the pack in its canonical form",
        examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"],
    )
    changes: int = Field(description="Places that differ from the version before", examples=[1])
    impact_hash: str | None = Field(
        description="SHA-256 of the impact run; null for the first version", examples=[None]
    )
    reason: str = Field(examples=["The daily limit no longer ends the account"])
    published_at: Moment


class PackDifferenceOut(Wire):
    """One place that differs from the version before; null is absent."""

    pointer: str = Field(description="JSON pointer into the pack", examples=["/daily_loss/effect"])
    before: Any = Field(examples=["fail"])
    after: Any = Field(examples=["lock_day"])


class PackVersionOut(PackVersionSummaryOut):
    """A published version: its rules, what it changed, and the run it rests on."""

    pack: dict[str, Any] = Field(examples=[{"starting_balance": "25000.00"}])
    diff: list[PackDifferenceOut]
    impact: dict[str, Any] | None = Field(
        description="For staff: the impact run. Null for traders, and for the first version",
        examples=[None],
    )


@router.get("/packs", summary="List packs on sale", responses=refusals("cursor-refused", *READS))
def list_packs(
    reader: TheReader, pages: ThePages, asked: Annotated[PageIn, Query()]
) -> PageOut[PackVersionSummaryOut]:
    """The newest version of every pack that was published, the last published first.

    A program that is not listed is sold under the pack that the release ships.
    """
    page = pages.turn_to(asked)
    with reader.snapshot("pack_versions", at_least=page.position) as snapshot:
        rows = snapshot.page(
            _SUMMARY,
            (_NEWEST, ()),
            ("ledger_seq < %s", page.after),
            order="ledger_seq DESC",
            limit=page.rows_wanted,
        )
    return page.of(rows, _summary_of, key=lambda row: (row["ledger_seq"],), snapshot=snapshot)


@router.get(
    "/packs/{program}/{phase}",
    summary="Read a pack on sale",
    responses=refusals("not-found", *READS),
)
def get_pack(program: ProgramName, phase: ProgramPhase, reader: TheReader) -> PackVersionOut:
    """The newest published version of a pack."""
    return _version(reader, program, phase, None)


@router.get(
    "/packs/{program}/{phase}/versions",
    summary="List versions of a pack",
    responses=refusals("cursor-refused", *READS),
)
def list_pack_versions(
    program: ProgramName,
    phase: ProgramPhase,
    reader: TheReader,
    pages: ThePages,
    asked: Annotated[PageIn, Query()],
) -> PageOut[PackVersionSummaryOut]:
    """Every version that was published of a pack, the newest first."""
    page = pages.turn_to(asked)
    with reader.snapshot("pack_versions", at_least=page.position) as snapshot:
        rows = snapshot.page(
            _SUMMARY,
            ("program = %s", (program,)),
            ("phase = %s", (phase,)),
            ("number < %s", page.after),
            order="number DESC",
            limit=page.rows_wanted,
        )
    return page.of(rows, _summary_of, key=lambda row: (row["number"],), snapshot=snapshot)


@router.get(
    "/packs/{program}/{phase}/versions/{number}",
    summary="Read a version of a pack",
    responses=refusals("not-found", *READS),
)
def get_pack_version(
    program: ProgramName,
    phase: ProgramPhase,
    number: Annotated[int, Path(ge=1, le=NUMBER_MAX, description="Its number", examples=[1])],
    reader: TheReader,
) -> PackVersionOut:
    """One version with its rules, its diff and, for staff, the impact run it rests on."""
    return _version(reader, program, phase, number)


def _version(
    reader: TheReader, program: str, phase: PhaseName, number: int | None
) -> PackVersionOut:
    with reader.snapshot("pack_versions") as snapshot:
        row = snapshot.one(_ONE, program, phase, number, number)
    if row is None:
        raise StreamNotFound(
            "No such version was published; list the versions of the pack for their numbers."
        )
    reader.response.headers["ETag"] = f'"{row["number"]}"'
    impact = None if reader.caller.role == "trader" else row["impact"]
    diff: Sequence[dict[str, Any]] = row["diff"]
    return PackVersionOut(
        **_summary_of(row).model_dump(),
        pack=row["pack"],
        diff=[PackDifferenceOut(**each) for each in diff],
        impact=impact,
    )


def _summary_of(row: Row) -> PackVersionSummaryOut:
    return PackVersionSummaryOut(
        program=row["program"],
        phase=row["phase"],
        number=row["number"],
        pack_hash=row["pack_hash"],
        changes=row["changes"],
        impact_hash=row["impact_hash"],
        reason=row["reason"],
        published_at=row["published_at"],
    )
