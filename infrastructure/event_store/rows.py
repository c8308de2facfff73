"""Rows of the log as recorded events."""

from dataclasses import fields
from typing import Final

from psycopg.rows import TupleRow
from psycopg.sql import SQL, Identifier

from application.log import RecordedEvent

NAMES: Final = tuple(each.name for each in fields(RecordedEvent))
"""The columns of a row are the fields of what is made of it."""

COLUMNS: Final = SQL(", ").join(Identifier("e", name) for name in NAMES)


def recorded_of(row: TupleRow) -> RecordedEvent:
    """Rows are read by the million: this skips the frozen class's slow way to a new one."""
    recorded = _blank(RecordedEvent)
    for set_value, value in zip(_SETTERS, row, strict=True):
        set_value(recorded, value)
    return recorded


_blank: Final = object.__new__
_SETTERS: Final = tuple(vars(RecordedEvent)[name].__set__ for name in NAMES)
