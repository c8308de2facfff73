"""Contradictions between the firm's texts and its packs, one program at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import combinations, groupby
from typing import Any, Literal, TypeAlias

from application.plans.answers import UNPUBLISHED, Percent, agree, shown
from application.plans.catalogue import Decision, Program
from application.plans.published import Source, Statement
from domain.plans.diffing import value_at
from domain.rules.canonical import document_of

Kind: TypeAlias = Literal["pack", "unpublished", "decision", "sources", "within"]
"""A pack against a text; a value that no text says; a pack against its own decision; texts against
each other; a text against itself.
"""
State: TypeAlias = Literal["decided", "open"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one statement says, for people."""

    source: str
    statement: str
    value: str
    says: str
    date: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Contradiction:
    """One disagreement. `pack` is the value of the pack, where it takes part or could.

    `decided` when a decision of the program file covers the place, with its question and
    assumption.
    """

    kind: Kind
    topic: str
    pointers: tuple[str, ...]
    programs: tuple[str, ...]
    answers: tuple[Answer, ...]
    pack: str | None
    state: State
    question: str | None = None
    assumption: str | None = None


@dataclass(frozen=True, slots=True)
class _Said:
    statement: Statement
    value: Any


def contradictions_of(program: Program, sources: Sequence[Source]) -> Iterator[Contradiction]:
    """Everything that contradicts itself about one program."""
    document = document_of_program(program)
    look = _Look(program, document)
    said = sorted(_said(program, sources), key=lambda each: each[0])
    for place, group in groupby(said, key=lambda each: each[0]):
        statements = [each for _, each in group]
        yield from look.within(place, statements)
        yield from look.between(place, statements)
        if place.startswith("/"):
            yield from look.against_pack(place, statements)
            yield from look.unpublished(place, statements)
    yield from look.not_kept()


def document_of_program(program: Program) -> dict[str, Any]:
    """The parts of a program's file that texts speak of, the packs in their canonical form."""
    return {
        "plan": program.plan,
        "prices": {key: str(price) for key, price in program.prices.items()},
        "packs": {phase: document_of(pack) for phase, pack in program.packs.items()},
    }


def _said(program: Program, sources: Sequence[Source]) -> Iterator[tuple[str, _Said]]:
    """Every statement about the program, at each place it speaks of; else at its topic."""
    for source in sources:
        for statement in source.statements:
            value = statement.value_for(program.name)
            if value is None:
                continue
            value = value.amount_of(program.size) if isinstance(value, Percent) else value
            for place in _places(statement, program):
                yield place, _Said(statement, value)


def _places(statement: Statement, program: Program) -> Iterator[str]:
    if statement.pointer is None:
        yield statement.topic
        return
    root, *rest = statement.pointer.split("/")[1:]
    if root != "packs" or not rest:
        yield statement.pointer
        return
    for phase in program.packs:
        if fnmatchcase(phase, rest[0]):
            yield "/".join(("", "packs", phase, *rest[1:]))


@dataclass(frozen=True, slots=True)
class _Look:
    """Looks at one place of one program at a time."""

    program: Program
    document: Mapping[str, Any]

    def within(self, place: str, statements: Sequence[_Said]) -> Iterator[Contradiction]:
        for each in statements:
            if each.statement.also is not None and not agree(each.value, each.statement.also):
                also = _answer(each.statement, each.statement.also, each.statement.also_says)
                yield self._found("within", place, each, (_answer_of(each), also))

    def between(self, place: str, statements: Sequence[_Said]) -> Iterator[Contradiction]:
        stated = [each for each in statements if each.value != UNPUBLISHED]
        if any(not agree(one.value, other.value) for one, other in combinations(stated, 2)):
            answers = tuple(_answer_of(each) for each in stated)
            yield self._found("sources", place, stated[0], answers)

    def against_pack(self, place: str, statements: Sequence[_Said]) -> Iterator[Contradiction]:
        held = value_at(self.document, place)
        other = [
            each for each in statements if each.value != UNPUBLISHED and not agree(each.value, held)
        ]
        if other:
            yield self._found("pack", place, other[0], tuple(_answer_of(each) for each in other))

    def unpublished(self, place: str, statements: Sequence[_Said]) -> Iterator[Contradiction]:
        silent = [each for each in statements if each.value == UNPUBLISHED]
        if silent and (value_at(self.document, place) is not None or self._covering(place)):
            answers = tuple(_answer_of(each) for each in silent)
            yield self._found("unpublished", place, silent[0], answers)

    def not_kept(self) -> Iterator[Contradiction]:
        for each in self.program.decisions:
            held = value_at(self.document, each.pointer)
            if not agree(each.value, held):
                yield Contradiction(
                    kind="decision",
                    topic="decision-not-kept",
                    pointers=(each.pointer,),
                    programs=(self.program.name,),
                    answers=(_decided(each),),
                    pack=shown(held),
                    state="open",
                    question=each.question,
                    assumption=each.assumption,
                )

    def _found(
        self, kind: Kind, place: str, first: _Said, answers: tuple[Answer, ...]
    ) -> Contradiction:
        decision = self._covering(place)
        in_pack = place.startswith("/")
        return Contradiction(
            kind=kind,
            topic=first.statement.topic,
            pointers=(place,) if in_pack else (),
            programs=(self.program.name,),
            answers=answers,
            pack=shown(value_at(self.document, place)) if in_pack else None,
            state="decided" if decision else "open",
            question=decision.question if decision else None,
            assumption=decision.assumption if decision else None,
        )

    def _covering(self, place: str) -> Decision | None:
        """The decision about this place, or about what it is a part of, if the pack keeps it."""
        for each in self.program.decisions:
            about = place == each.pointer or place.startswith(f"{each.pointer}/")
            if about and agree(each.value, value_at(self.document, each.pointer)):
                return each
        return None


def _answer_of(said: _Said) -> Answer:
    return _answer(said.statement, said.value, said.statement.says)


def _answer(statement: Statement, value: Any, says: str | None) -> Answer:
    return Answer(
        source=statement.source,
        statement=statement.id,
        value=shown(value),
        says=says or "",
        date=statement.date.isoformat(),
    )


def _decided(decision: Decision) -> Answer:
    return Answer(
        source="decision",
        statement=decision.pointer,
        value=shown(decision.value),
        says=decision.assumption,
        date="",
    )
