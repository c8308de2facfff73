"""How much of the log lies in the archive."""

from __future__ import annotations

from typing import Any, Final

from psycopg import Connection

from application.watching.figures import ArchiveFigures

ARCHIVES: Final = "SELECT count(*), coalesce(max(last_seq), 0) FROM ledger.archives"


def archives(session: Connection[Any]) -> ArchiveFigures:
    """How many pieces there are, and the last position in them."""
    ((count, position),) = session.execute(ARCHIVES).fetchall()
    return ArchiveFigures(count=count, position=position)
