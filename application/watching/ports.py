"""What watching needs of the world."""

from __future__ import annotations

from typing import Protocol

from application.watching.figures import Figures


class Lookout(Protocol):
    """Looks at the database and at Redis, in bounded time."""

    def look(self) -> Figures:
        """The figures of now. Refuses with DatabaseUnusable when the database does not answer."""
