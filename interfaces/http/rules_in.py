"""Bodies that name rules: those of a program on sale, or a rule pack of their own."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import AfterValidator, Field, model_validator

from application.plans.catalogue import program
from domain.documents import Place
from domain.rules.pack import RulePack
from domain.rules.reading import read_pack
from interfaces.http.commanding import pointing_at
from interfaces.http.fields import Wire


def _storable(document: dict[str, Any]) -> dict[str, Any]:
    """JSON can write characters that no text of a database can hold."""
    text = json.dumps(document, ensure_ascii=False)
    if "\\u0000" in text or not text.isprintable():
        raise ValueError("texts without control characters are expected here")
    return document


Document: TypeAlias = Annotated[dict[str, Any], AfterValidator(_storable)]
PhaseName: TypeAlias = Literal["evaluation", "funded", "funded_daily"]


class RulesIn(Wire):
    """Either `program` and `phase`, for what is on sale, or a rule `pack`."""

    program: str | None = Field(default=None, max_length=100, examples=["standard-25k"])
    phase: PhaseName | None = Field(default=None, examples=["evaluation"])
    pack: Document | None = Field(
        default=None,
        description="A rule pack as JSON, instead of program and phase",
        examples=[None],
    )

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        named = self.program is not None and self.phase is not None
        half_named = self.program is not None or self.phase is not None
        if named == (self.pack is not None) or (half_named and self.pack is not None):
            raise ValueError("either program and phase, or pack, is expected")
        return self

    def named_program(self) -> tuple[str, str]:
        """Program and phase, which the firm sells. Refuses with ProgramUnknown."""
        assert self.program is not None
        assert self.phase is not None
        with pointing_at("/program"):
            program(self.program).pack(self.phase)
        return self.program, self.phase

    def own_pack(self) -> RulePack:
        """The pack that came with the body. Refuses with Unreadable."""
        assert self.pack is not None
        return pack_in_body(self.pack)


def pack_in_body(document: dict[str, Any]) -> RulePack:
    """The pack at `/pack` of a body. Refuses with Unreadable."""
    with pointing_at("/pack"):
        return read_pack(Place(document))
