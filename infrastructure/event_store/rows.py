"""Rows of the log as recorded events."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final

from psycopg.sql import SQL, Identifier

from application.log import RecordedEvent

NAMES: Final = RecordedEvent._fields
"""The columns of a row are the fields of what is made of it."""

COLUMNS: Final = SQL(", ").join(Identifier("e", name) for name in NAMES)

recorded_of: Final[Callable[[Sequence[Any]], RecordedEvent]] = partial(tuple.__new__, RecordedEvent)
"""An event from a row, whose values come in that order."""
