r"""Rows as the text that COPY reads, column by column.

A column mostly holds values of one kind, so that what is to be done is decided once for all of
them. The text is PostgreSQL's own: fields apart by a tab, `\N` for null, and a backslash before
what would otherwise end a field or a row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from operator import attrgetter
from typing import Any, Final, TypeAlias
from uuid import UUID

from projections.kernel import Row

Texts: TypeAlias = Iterable[str]
NULL: Final = r"\N"
_ESCAPES: Final = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})
_QUOTED: Final = str.maketrans({"\\": r"\\", '"': r"\""})
_as_int: Final = attrgetter("int")


def copy_text(rows: Sequence[Row]) -> str:
    """The rows, each with the same number of values. A value of a kind that no read model writes is
    a TypeError.
    """
    columns = [_texts(values) for values in zip(*rows, strict=True)]
    lines = map("\t".join, zip(*columns, strict=True))
    return "\n".join([*lines, ""])


def _texts(values: Sequence[Any]) -> Texts:
    kinds = set(map(type, values))
    if len(kinds) == 1:
        return _of_kind(kinds.pop())(values)
    kinds.discard(type(None))
    if len(kinds) == 1:
        present = iter(_of_kind(kinds.pop())([value for value in values if value is not None]))
        return [NULL if value is None else next(present) for value in values]
    return [text for value in values for text in _of_kind(type(value))((value,))]


def _of_kind(kind: type) -> Callable[[Sequence[Any]], Texts]:
    try:
        return _KINDS[kind]
    except KeyError:
        raise TypeError(f"a read model writes no values of the kind {kind.__name__}") from None


def _nulls(values: Sequence[None]) -> Texts:
    return [NULL] * len(values)


def _flags(values: Sequence[bool]) -> Texts:
    return ["t" if value else "f" for value in values]


def _strings(values: Sequence[str]) -> Texts:
    whole = "".join(values)
    if "\\" in whole or "\t" in whole or "\n" in whole or "\r" in whole:
        return [value.translate(_ESCAPES) for value in values]
    return values


def _identifiers(values: Sequence[UUID]) -> Texts:
    numbers = list(map(_as_int, values))
    different = set(numbers)
    if len(different) * 2 > len(numbers):
        return map(_hex, numbers)
    # Those of streams and people come again and again.
    known = {number: _hex(number) for number in different}
    return map(known.__getitem__, numbers)


def _hex(number: int) -> str:
    return number.to_bytes(16).hex()


def _plain(values: Sequence[int | Decimal | date]) -> Texts:
    return map(str, values)


def _moments(values: Sequence[datetime]) -> Texts:
    return map(datetime.isoformat, values)


def _arrays(values: Sequence[list[int] | list[str]]) -> Texts:
    return [f"{{{','.join(map(_element, value))}}}".translate(_ESCAPES) for value in values]


def _element(value: int | str) -> str:
    if isinstance(value, str):
        return f'"{value.translate(_QUOTED)}"'
    return str(value)


_KINDS: Final[Mapping[type, Callable[[Sequence[Any]], Texts]]] = {
    type(None): _nulls,
    bool: _flags,
    int: _plain,
    str: _strings,
    UUID: _identifiers,
    datetime: _moments,
    date: _plain,
    Decimal: _plain,
    list: _arrays,
}
