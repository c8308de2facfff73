"""Rows as the CSV that COPY reads.

A row of plain values in JSON, without its brackets, is a line of CSV already: an encoder in C makes
it in a tenth of the time that any code of ours takes. Only characters that JSON writes by a name,
such as the end of a line, are no CSV; rows that hold one are left to whoever writes value by value.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, Final, LiteralString

import msgspec

from projections.kernel import Row

FORMAT: Final[LiteralString] = "(FORMAT csv, NULL 'null', ESCAPE E'\\\\')"
"""How COPY is to read it: strings stand in quotes, and null does not."""

_BETWEEN: Final = b"]\n["
_NAMED: Final = re.compile(rb"\\[^\"\\]")
_QUOTED: Final = str.maketrans({"\\": r"\\", '"': r"\""})
_json: Final = msgspec.json.Encoder()


def csv_of(rows: Sequence[Row]) -> bytes | None:
    """The rows, at least one; None where a character in them cannot be written so.

    No read model writes floats. One in the first row is a TypeError; the others are not looked at.
    """
    if any(type(value) is float for value in rows[0]):
        raise TypeError("a read model writes no values of the kind float")
    lines = _json.encode_lines(rows)
    if _names_a_character(lines):
        return None
    # No end of a line is within a string, so these are the ends of rows and nothing else.
    return memoryview(lines)[1:-2].tobytes().replace(_BETWEEN, b"\n")


def json_text(document: object) -> str:
    """Plain values as JSON, for a column of that kind."""
    return _json.encode(document).decode()


def array_text(values: Iterable[Any]) -> str:
    """Whole numbers or strings as PostgreSQL writes an array."""
    return f"{{{','.join(map(_element, values))}}}"


def _names_a_character(lines: bytes) -> bool:
    if not _NAMED.search(lines):
        return False
    # It may have seen the second half of a backslash that is written twice.
    return b"\\\\" not in lines or bool(_NAMED.search(lines.replace(b"\\\\", b"")))


def _element(value: int | str) -> str:
    return f'"{value.translate(_QUOTED)}"' if isinstance(value, str) else str(value)
