"""Publishing a version of a rule pack."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import Field

from application.plans import handlers
from application.plans.catalogue import program as program_of
from application.plans.commands import PublishPack
from domain.documents import Place
from domain.plans.impact import Impact, impact_of
from interfaces.http.commanding import TheCounter, at_unstated, pointing_at
from interfaces.http.fields import LINE, Wire
from interfaces.http.guard import guarded_router
from interfaces.http.idempotency import COMMANDS
from interfaces.http.packs import ProgramName, ProgramPhase
from interfaces.http.problem_models import refusals
from interfaces.http.rules_in import Document, PhaseName, pack_in_body

router: APIRouter = guarded_router(tag="commands")

_HASHES = ("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "0" * 64)


class PackVersionIn(Wire):
    """A version to put on sale."""

    pack: Document = Field(
        description="The rule pack as JSON",
        examples=[{"starting_balance": "25000.00", "profit_target": "1500.00"}],
    )
    impact: Document | None = Field(
        default=None,
        description="The what-if run from the newest version to this pack: the run as"
        " `GET /v1/whatif-runs/{run_id}` answers it, or its summary; none for the first",
        examples=[
            {
                "old_pack_hash": _HASHES[0],
                "new_pack_hash": _HASHES[1],
                "accounts": 120,
                "events": 48211,
                "flips": [],
            }
        ],
    )
    reason: str = Field(
        min_length=1,
        max_length=500,
        pattern=LINE,
        examples=["The daily limit no longer ends the account"],
    )


class PublishedOut(Wire):
    """What a publication did."""

    program: str = Field(examples=["standard-25k"])
    phase: PhaseName = Field(examples=["evaluation"])
    number: int = Field(description="What is on sale now; the same as the ETag", examples=[2])
    recorded: bool = Field(
        description="False when it was on sale before, and nothing changed", examples=[True]
    )


@router.post(
    "/packs/{program}/{phase}/versions",
    status_code=201,
    summary="Publish a version of a pack",
    responses=refusals(
        "stale-version", "write-conflict", "program-unknown", "unreadable-document",
        "impact-missing", "impact-of-other-packs", "impact-not-of-the-book",
        "pack-unchanged", "pack-not-of-line", "already-recorded-differently", *COMMANDS,
    ),
)  # fmt: skip
def publish_pack(
    program: ProgramName, phase: ProgramPhase, version: PackVersionIn, counter: TheCounter
) -> PublishedOut:
    """Put a version on sale: accounts are opened under it from now on, and none is moved.

    `If-Match` is the number that was on sale when it was decided. Publishing what is on sale is
    harmless.
    """
    program_of(program).pack(phase)
    command = PublishPack(
        program=program,
        phase=phase,
        pack=pack_in_body(version.pack),
        reason=version.reason,
        at=counter.desk.clock(),
        impact=_impact_in(version),
        expected_version=counter.expected_version,
    )
    receipt = counter.carry(
        handlers.publish_pack, command, stated=at_unstated(command), reason=version.reason
    )
    counter.response.headers["Location"] = f"/v1/packs/{program}/{phase}/versions/{receipt.version}"
    return PublishedOut(
        program=program,
        phase=phase,
        number=receipt.version,
        recorded=receipt.position is not None,
    )


def _impact_in(version: PackVersionIn) -> Impact | None:
    if version.impact is None:
        return None
    with pointing_at("/impact"):
        return impact_of(Place(version.impact))
