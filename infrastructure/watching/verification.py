"""How far the continuous verification of the log is, and what it has found."""

from __future__ import annotations

from typing import Any, Final

from psycopg import Connection
from psycopg.rows import class_row

from application.watching.figures import VerificationFigures

VERIFICATION: Final = """
SELECT position, size, over, began_at, sound_size AS sound, sound_at, finding, found_at
FROM work.verification
"""


def verification(session: Connection[Any]) -> VerificationFigures:
    """The round that runs, or the last one."""
    with session.cursor(row_factory=class_row(VerificationFigures)) as cursor:
        (found,) = cursor.execute(VERIFICATION).fetchall()
    return found
