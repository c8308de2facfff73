"""Signed checkpoints of the log, and proofs that anyone can check without the firm."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable
from typing import Annotated, Any, Final

from fastapi import Path, Query, Response
from pydantic import Field

from interfaces.http.desk import TheDesk
from interfaces.http.fields import Wire
from interfaces.http.guard import guarded_router
from interfaces.http.problem_models import refusals

router = guarded_router(tag="log")

_TEXT: Final = "text/plain; charset=utf-8"
_SEQ_MAX: Final = 2**63 - 1
_NOTE: Final = (
    "ledger.example.com/log\n2\nCMYrJAJmTkPZZHQbkQ1QZF1vMqRjPJIHwK1Z7Ei8ZrA=\n\n"
    "\u2014 ledger.example.com/log 3q2+7wRkP0nTnJ0mVDcSEtTRqlWGqBLvyxqZFvKGfVJb2kbYyX1x2wq5mGfJ7"
    "Lw1b8Fz0fB3QwTqgQe2mCw8OoMjBA4=\n"
)
_HASH: Final = "QJqxvR5mIbq1Mw3TlDb4qQ8m8r0mMJmZq0m3Q4m9x0g="
_ANSWER: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "The checkpoint, in the text form of C2SP.",
        "content": {"text/plain": {"example": _NOTE}},
    }
}


class EventProofOut(Wire):
    """That an event is in the tree of a checkpoint (RFC 6962, 2.1.1). Hashes are base64."""

    ledger_seq: int = Field(examples=[1])
    leaf_index: int = Field(description="One less than `ledger_seq`", examples=[0])
    leaf_hash: str = Field(
        description="SHA-256 of a zero byte and the event's line in an export", examples=[_HASH]
    )
    path: list[str] = Field(description="From the leaf's sibling upwards", examples=[[_HASH]])
    tree_size: int = Field(examples=[2])
    root_hash: str = Field(examples=[_HASH])
    checkpoint: str = Field(description="The signed note with this size and root", examples=[_NOTE])


class ConsistencyProofOut(Wire):
    """That one tree is a beginning of another (RFC 6962, 2.1.2). Hashes are base64."""

    first_size: int = Field(examples=[1])
    first_root: str = Field(examples=[_HASH])
    second_size: int = Field(examples=[2])
    second_root: str = Field(examples=[_HASH])
    path: list[str] = Field(examples=[[_HASH]])


@router.get(
    "/log/checkpoint",
    summary="Read the newest checkpoint",
    response_class=Response,
    responses={
        **refusals("checkpoint-missing", "ledger-unavailable", "database-unusable"),
        **_ANSWER,
    },
)
def get_checkpoint(desk: TheDesk) -> Response:
    """The size and root of the log's tree, signed: whoever keeps it can hold the log to it."""
    note = desk.runtime.evidence.prover.checkpoint().note
    return Response(note.encode(), media_type=_TEXT)


@router.get(
    "/log/proof/{seq}",
    summary="Prove that an event is in the log",
    responses=refusals(
        "not-found", "checkpoint-missing", "event-not-covered", "tree-damaged",
        "ledger-unavailable", "database-unusable",
    ),
)  # fmt: skip
def get_event_proof(
    desk: TheDesk,
    seq: Annotated[int, Path(ge=1, le=_SEQ_MAX, description="Its `ledger_seq`", examples=[1])],
) -> EventProofOut:
    """The hashes that lead from an event to the root of the newest checkpoint. For staff."""
    proof = desk.runtime.evidence.prover.event(seq)
    top = proof.checkpoint
    return EventProofOut(
        ledger_seq=seq,
        leaf_index=proof.index,
        leaf_hash=_text(proof.leaf),
        path=_texts(proof.path),
        tree_size=top.size,
        root_hash=_text(top.root),
        checkpoint=top.note,
    )


@router.get(
    "/log/consistency",
    summary="Prove that the log was only added to",
    responses=refusals(
        "tree-size-refused", "tree-damaged", "ledger-unavailable", "database-unusable"
    ),
)
def get_consistency_proof(
    desk: TheDesk,
    first: Annotated[
        int, Query(alias="from", ge=0, le=_SEQ_MAX, description="A size", examples=[1])
    ],
    second: Annotated[
        int, Query(alias="to", ge=0, le=_SEQ_MAX, description="A later size", examples=[2])
    ],
) -> ConsistencyProofOut:
    """The hashes that show the tree of one size to be a beginning of the tree of another."""
    proof = desk.runtime.evidence.prover.consistency(first, second)
    return ConsistencyProofOut(
        first_size=first,
        first_root=_text(proof.first_root),
        second_size=second,
        second_root=_text(proof.second_root),
        path=_texts(proof.path),
    )


def _text(content: bytes) -> str:
    return b64encode(content).decode()


def _texts(hashes: Iterable[bytes]) -> list[str]:
    return [_text(each) for each in hashes]
