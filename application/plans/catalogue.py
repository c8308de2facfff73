"""The firm's programs: one data file each, with every open product decision beside its value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

from domain.documents import Place, read_json
from domain.errors import DomainError
from domain.money import USD
from domain.rules.pack import RulePack
from domain.rules.reading import read_pack

_FOLDER = files("domain.rules") / "programs"


class ProgramUnknown(DomainError):
    """The firm sells no program of this name, or it has no such phase."""

    code = "program-unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """An open question of the product, the value assumed for it, and why.

    `pointer` is a JSON pointer into the program's file; a value of None means the rule is left out.
    """

    pointer: str
    value: Any
    question: str
    assumption: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A plan at a size. `packs` are by phase: evaluation, funded, and for one plan funded_daily."""

    name: str
    plan: str
    size: USD
    prices: Mapping[str, USD]
    packs: Mapping[str, RulePack]
    decisions: Sequence[Decision]

    def pack(self, phase: str) -> RulePack:
        """The rule pack of a phase. Raises ProgramUnknown."""
        if phase not in self.packs:
            raise ProgramUnknown(
                f"The program {self.name} has no phase {phase!r}; it has {', '.join(self.packs)}.",
                program=self.name,
            )
        return self.packs[phase]


def program_names() -> list[str]:
    """All programs, by plan and size."""
    programs = [program(each.name.removesuffix(".json")) for each in _FOLDER.iterdir()]
    return [each.name for each in sorted(programs, key=lambda each: (each.plan, each.size))]


@lru_cache(maxsize=64)
def program(name: str) -> Program:
    """One program by its name, such as `standard-25k`. Raises ProgramUnknown."""
    file = _FOLDER / f"{name}.json"
    if not name.replace("-", "").isalnum() or not file.is_file():
        raise ProgramUnknown(
            f"The firm sells no program {name!r}; `dynasty programs list` names what it sells.",
            program=name,
        )
    return _read(read_json(file.read_bytes()))


def _read(document: Place) -> Program:
    at = document.fields(required=("program", "plan", "size", "prices", "packs", "decisions"))
    prices = at["prices"].fields(
        optional=("evaluation", "activation", "evaluation_reset", "funded_reset")
    )
    keys = ("pointer", "question", "assumption", "source")
    decisions = []
    for item in at["decisions"].items(at_most=200):
        of = item.fields(required=keys, optional=("value",))
        texts = {key: of[key].text() for key in keys}
        decisions.append(Decision(value=of["value"].value if "value" in of else None, **texts))
    return Program(
        name=at["program"].text(),
        plan=at["plan"].text(),
        size=at["size"].amount(),
        prices={key: place.money() for key, place in prices.items()},
        packs={phase: read_pack(place) for phase, place in at["packs"].entries().items()},
        decisions=decisions,
    )
