"""The firm's published and internal texts about its rules, as statements that can be compared."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Final

from application.plans.answers import read_value
from domain.documents import Place, Unreadable

STATEMENTS_MAX: Final = 500
SOURCES_MAX: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One thing that one text says.

    `values` are by patterns of program names, the first that matches counts. `pointer` is the place
    it speaks of in a program's file, its phase a pattern; None when no pack can hold the topic.
    `also` is what the same text says elsewhere of the same thing, with `also_says` in words.
    """

    id: str
    source: str
    topic: str
    pointer: str | None
    programs: Sequence[str]
    values: Mapping[str, Any]
    says: str
    date: date
    also: Any = None
    also_says: str | None = None

    def value_for(self, program: str) -> Any:
        """What it says of a program; None when it does not speak of it."""
        if not any(fnmatchcase(program, each) for each in self.programs):
            return None
        return next((v for key, v in self.values.items() if fnmatchcase(program, key)), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One text: a page, a seed, a set-up. `name` is its file's."""

    name: str
    title: str
    kind: str
    date: date
    place: str
    statements: Sequence[Statement]


def published_sources(directory: Path | None = None) -> Sequence[Source]:
    """The texts in a directory, by name; the firm's own when none is given. Raises Unreadable."""
    folder: Traversable = directory or _own_texts()
    try:
        found = sorted(
            (each for each in folder.iterdir() if each.name.endswith(".toml")),
            key=lambda each: each.name,
        )
        texts = [(each.name.removesuffix(".toml"), each.read_text("utf-8")) for each in found]
    except (OSError, UnicodeDecodeError) as fault:
        raise Unreadable.at("", f"the texts in {directory} cannot be read: {fault}.") from fault
    if not texts or len(texts) > SOURCES_MAX:
        raise Unreadable.at(
            "", f"{directory} holds {len(texts)} texts (*.toml); 1 to {SOURCES_MAX} are expected."
        )
    sources = [read_source(name, text) for name, text in texts]
    _insist_on_own_ids(sources)
    return sources


def read_source(name: str, text: str) -> Source:
    """One text out of its TOML. Raises Unreadable, naming the file and the place."""
    try:
        place = Place(tomllib.loads(text), f"{name}.toml:")
    except tomllib.TOMLDecodeError as fault:
        raise Unreadable.at(f"{name}.toml", f"not TOML: {fault}.") from fault
    at = place.fields(required=("title", "kind", "date", "place", "statement"))
    dated = at["date"].day()
    items = at["statement"].items(at_most=STATEMENTS_MAX)
    return Source(
        name=name,
        title=at["title"].text(at_most=60),
        kind=at["kind"].choice("public", "internal", "silence"),
        date=dated,
        place=at["place"].text(),
        statements=[_statement(each, source=name, dated=dated) for each in items],
    )


def _statement(place: Place, *, source: str, dated: date) -> Statement:
    at = place.fields(
        required=("id", "topic", "says"),
        optional=("pointer", "programs", "value", "values", "date", "also"),
    )
    also = at["also"].fields(required=("value", "says")) if "also" in at else {}
    return Statement(
        id=at["id"].text(at_most=100),
        source=source,
        topic=at["topic"].text(at_most=60),
        pointer=_pointer(at["pointer"]) if "pointer" in at else None,
        programs=_programs(at["programs"]) if "programs" in at else ("*",),
        values=dict(_values(place, at)),
        says=at["says"].text(),
        date=at["date"].day() if "date" in at else dated,
        also=read_value(also["value"]) if also else None,
        also_says=also["says"].text() if also else None,
    )


def _values(place: Place, at: Mapping[str, Place]) -> Iterator[tuple[str, Any]]:
    if ("value" in at) == ("values" in at):
        place.refuse("exactly one of value and values is expected here.")
    if "value" in at:
        yield "*", read_value(at["value"])
    else:
        for pattern, each in at["values"].entries().items():
            yield pattern, read_value(each)


def _programs(place: Place) -> Sequence[str]:
    return tuple(each.text(at_most=100) for each in place.items(at_most=100))


def _pointer(place: Place) -> str:
    text = place.text()
    if not text.startswith("/"):
        place.refuse("a JSON pointer into a program's file, such as /plan, is expected here.")
    return text


def _insist_on_own_ids(sources: Sequence[Source]) -> None:
    seen: dict[str, str] = {}
    for source in sources:
        for each in source.statements:
            if each.id in seen:
                raise Unreadable.at(
                    f"{source.name}.toml", f"the id {each.id} stands in {seen[each.id]}.toml too."
                )
            seen[each.id] = source.name


def _own_texts() -> Traversable:
    """In the wheel they lie beside this module, in a checkout where people read them."""
    shipped = files("application.plans") / "published"
    return shipped if shipped.is_dir() else Path(__file__).parents[2] / "docs" / "published-rules"
