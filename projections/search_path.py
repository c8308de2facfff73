"""Where the read models live, and what the name of a table means meanwhile."""

from __future__ import annotations

from typing import Any, Final

from psycopg import Cursor

LIVE: Final = "read"


def use_schema(cursor: Cursor[Any], schema: str) -> None:
    """Let names of tables mean those of a schema until the transaction ends."""
    cursor.execute("SELECT set_config('search_path', %s, true)", (schema,))
