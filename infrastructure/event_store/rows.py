"""Rows of the log as recorded events."""

from typing import Final

from psycopg.sql import SQL, Identifier

from application.log import RecordedEvent

NAMES: Final = RecordedEvent._fields
"""The columns of a row are the fields of what is made of it."""

COLUMNS: Final = SQL(", ").join(Identifier("e", name) for name in NAMES)

recorded_of: Final = RecordedEvent._make
"""An event from a row, whose values come in that order."""
