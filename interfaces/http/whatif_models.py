"""What-if questions and answers on the wire."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import Field, WithJsonSchema, model_validator

from application.plans.catalogue import program
from application.whatif.questions import Question, checked
from domain.accounts.counterfactuals.asking import WITHOUT_MAX, Counterfactual, size_of
from domain.documents import Place
from domain.rules.pack import RulePack
from domain.rules.reading import read_pack
from interfaces.http.commanding import pointing_at
from interfaces.http.fields import LINE, AccountId, Moment, Wire
from interfaces.http.rules_in import Document

TradeId = Annotated[str, Field(min_length=1, max_length=200, pattern=LINE, examples=["1455264980"])]
Size = Annotated[
    str,
    Field(max_length=20, description="Part of the contracts, rounded down", examples=["1/2"]),
]


class WhatIfRunIn(Wire):
    """A question about many accounts: under a pack, or with less traded, or both."""

    program: str | None = Field(default=None, max_length=100, examples=["standard-25k"])
    phase: Literal["evaluation", "funded", "funded_daily"] | None = Field(
        default=None, examples=["evaluation"]
    )
    pack: Document | None = Field(
        default=None,
        description="A rule pack as JSON, instead of program and phase",
        examples=[None],
    )
    account: AccountId | None = Field(
        default=None, description="Only this one; left out with `plan`, all", examples=[None]
    )
    plan: str | None = Field(default=None, max_length=100, pattern=LINE, examples=["Standard 25K"])
    alike: bool = Field(
        default=False,
        description="Only accounts opened for the pack's own phase and starting balance",
    )
    from_: Moment | None = Field(
        default=None,
        alias="from",
        description="Accounts with an event then or later, by effective time",
    )
    to: Moment | None = Field(
        default=None,
        description="Histories end before then, and time passes up to it",
        examples=[None],
    )
    size: Size = "1"
    stop_after_first_loss: bool = Field(
        default=False, description="Nothing is opened after the first loss of a trading day"
    )
    without: list[TradeId] = Field(
        default=[], max_length=WITHOUT_MAX, description="Trades to leave out", examples=[[]]
    )

    @model_validator(mode="after")
    def _at_most_one_way(self) -> Self:
        named = (self.program is not None, self.phase is not None)
        if any(named) and (self.pack is not None or not all(named)):
            raise ValueError("either program and phase, or pack, or none of them is expected")
        return self

    def question(self) -> Question:
        """Refuses with what a pack or a question is refused with."""
        return checked(
            Question(
                pack=self._pack(),
                asked=asked_for(self.size, self.without, stop=self.stop_after_first_loss),
                account=self.account,
                plan=self.plan,
                alike=self.alike,
                start=self.from_,
                end=self.to,
            )
        )

    def _pack(self) -> RulePack | None:
        if self.pack is not None:
            with pointing_at("/pack"):
                return read_pack(Place(self.pack))
        if self.program is None or self.phase is None:
            return None
        with pointing_at("/program"):
            return program(self.program).pack(self.phase)


def asked_for(size: str, without: list[str], *, stop: bool) -> Counterfactual:
    """What should have been traded less. Refuses with CounterfactualRefused."""
    return Counterfactual(
        size=size_of(size), stop_after_first_loss=stop, without=frozenset(without)
    )


_POSITION = 1042
_SUMMARY: dict[str, Any] = {
    "accounts": 120,
    "events": 9840,
    "flips": 31,
    "old_pack_hash": ["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"],
    "new_pack_hash": "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752",
    "from": None,
    "to": None,
    "log_position": _POSITION,
}
RunId = Annotated[
    UUID,
    Field(strict=False),
    WithJsonSchema(
        {
            "type": "string",
            "format": "uuid",
            "examples": ["0199f3c2-7f00-7000-8000-0000000000f1"],
        }
    ),
]


class ProgressOut(Wire):
    """How far a run is, in events."""

    done: int = Field(examples=[9840])
    total: int | None = Field(description="Null until it is counted", examples=[9840])


class RunProblemOut(Wire):
    """Why a run failed; the code has a page."""

    code: str = Field(examples=["whatif-timed-out"])
    detail: str = Field(examples=["The run took longer than 3,600 seconds and was ended."])


class WhatIfRunOut(Wire):
    """A run: what was asked, how far it is, what it came to."""

    id: RunId
    status: Literal["queued", "running", "done", "failed", "cancelled"] = Field(examples=["done"])
    asked_by: str = Field(examples=["admin:alice"])
    question: dict[str, Any] = Field(
        examples=[{"plan": "Standard 25K", "size": "1/2", "stop_after_first_loss": False}]
    )
    log_position: int = Field(
        description="The log as it stood then is judged, whenever that is done",
        examples=[_POSITION],
    )
    created_at: Moment
    started_at: Moment | None
    finished_at: Moment | None
    progress: ProgressOut
    flips_listed: int = Field(description="That can be read; all are counted", examples=[31])
    summary: dict[str, Any] | None = Field(
        description="Null until the run is done; see the reference of what-if documents",
        examples=[_SUMMARY],
    )
    problem: RunProblemOut | None = Field(description="Of a failed run", examples=[None])
