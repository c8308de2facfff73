"""Rows of the read models, as commands show them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from psycopg.rows import dict_row
from psycopg.sql import Composed
from rich.console import Console

from interfaces.bootstrap.runtime import Runtime
from interfaces.read_models import catch_up_with_log
from projections.dead_letters import parked_streams
from projections.gate import least_position

_err = Console(stderr=True, highlight=False, markup=False)


def rows_of(
    runtime: Runtime, models: Sequence[str], query: bytes | Composed, values: Sequence[object]
) -> Sequence[Mapping[str, Any]]:
    """Rows of read models. Where nobody keeps them at the head of the log, they are brought there;
    where somebody does, what they lack is said, and which accounts stand still.
    """
    if runtime.settings.database_url is None:
        catch_up_with_log(runtime)
    behind = runtime.log.head() - least_position(runtime.read_models, models)
    if behind > 0:
        _err.print(f"This does not hold the last {behind:,} events of the log yet.")
    with runtime.read_models.connection() as connection:
        parked = parked_streams(connection, models)
    for each in parked:
        said = f"{each} is parked: its rows stand still. See `dynasty dlq list`."
        _err.print(said, soft_wrap=True)
    with (
        runtime.read_models.connection() as connection,
        connection.cursor(row_factory=dict_row) as cursor,
    ):
        return cursor.execute(query, values).fetchall()
