"""How far the log is under its tree, and under a signed checkpoint."""

from __future__ import annotations

from typing import Any, Final

from psycopg import Connection

from application.watching.figures import SealFigures

SEAL: Final = """
SELECT t.size, c.size, c.signed_at
FROM ledger.tree AS t LEFT JOIN (
    SELECT size, signed_at FROM ledger.checkpoints ORDER BY size DESC LIMIT 1
) AS c ON true
"""


def seal(session: Connection[Any]) -> SealFigures:
    """The size of the tree, and of the newest checkpoint."""
    ((sealed, checkpoint, checkpoint_at),) = session.execute(SEAL).fetchall()
    return SealFigures(sealed=sealed, checkpoint=checkpoint, checkpoint_at=checkpoint_at)
