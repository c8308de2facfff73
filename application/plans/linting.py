"""Comparing all packs with all texts: every contradiction, told once for all it is about."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final, TypeAlias

from application.plans.catalogue import Program
from application.plans.contradictions import Contradiction, contradictions_of
from application.plans.published import Source
from domain.documents import Unreadable

FAILING: Final = ("pack", "unpublished", "decision")
"""Kinds that fail the check while they are open: a pack says what no text and no decision says."""

ORDER: Final = ("pack", "unpublished", "decision", "sources", "within")
BESIDE: Final = " | "
_Key: TypeAlias = tuple[object, ...]


def lint(programs: Sequence[Program], sources: Sequence[Source]) -> Sequence[Contradiction]:
    """Every contradiction, the kinds in their order, open ones first."""
    found = merged(each for program in programs for each in contradictions_of(program, sources))
    return sorted(
        found, key=lambda each: (ORDER.index(each.kind), each.state != "open", each.topic)
    )


def insist_on_programs(programs: Sequence[Program], sources: Sequence[Source]) -> None:
    """Refuses with Unreadable a statement that speaks of no program that is sold."""
    for source in sources:
        for statement in source.statements:
            if not any(statement.value_for(each.name) is not None for each in programs):
                raise Unreadable.at(
                    f"{source.name}.toml", f"the statement {statement.id} speaks of no program."
                )


def failing(found: Iterable[Contradiction]) -> Sequence[Contradiction]:
    """Those that nobody has decided and that a pack takes part in."""
    return [each for each in found if each.state == "open" and each.kind in FAILING]


def merged(found: Iterable[Contradiction]) -> Sequence[Contradiction]:
    """The same contradiction in several programs or phases, as one; figures that differ by size
    stand side by side.
    """
    whole: dict[_Key, Contradiction] = {}
    for each in found:
        statements = tuple(answer.statement for answer in each.answers)
        key = (each.kind, each.topic, statements, each.state, each.assumption)
        held = whole.get(key)
        whole[key] = each if held is None else _together(held, each)
    return list(whole.values())


def _together(one: Contradiction, other: Contradiction) -> Contradiction:
    return replace(
        one,
        pointers=tuple(dict.fromkeys((*one.pointers, *other.pointers))),
        programs=tuple(dict.fromkeys((*one.programs, *other.programs))),
        answers=tuple(
            replace(left, value=_beside(left.value, right.value))
            for left, right in zip(one.answers, other.answers, strict=True)
        ),
        pack=one.pack and _beside(one.pack, other.pack or ""),
    )


def _beside(held: str, value: str) -> str:
    """Values that were seen, each once."""
    return held if value in held.split(BESIDE) else f"{held}{BESIDE}{value}"
