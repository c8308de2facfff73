"""How far the read models are, for people who look after them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection
from psycopg.sql import SQL, Identifier

from projections.checking import check_tables
from projections.kernel import Projection
from projections.read_models import READ_MODELS
from projections.search_path import LIVE
from projections.switching import made_alike, names_retired, versions_in
from projections.versions import version_of


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelStatus:
    """One read model beside the head of the log.

    `outdated` asks for a rebuild: the tables were made in another shape, or their rows by other
    code than this release's. `version` is that by which they were made, None where a release before
    this one kept none. `retired` says that there are earlier tables to go back to.
    """

    name: str
    position: int
    head: int
    rows: int
    updated_at: datetime
    outdated: bool
    version: str | None
    retired: bool

    @property
    def behind(self) -> int:
        """Events of the log that it does not hold yet."""
        return max(0, self.head - self.position)


def status_of(
    connection: Connection[Any], *, head: int, models: Sequence[Projection] = READ_MODELS
) -> Sequence[ModelStatus]:
    """Every model, with its rows counted. Refuses with ReadModelsMissing."""
    check_tables(connection, models=models)
    query = SQL(
        "SELECT projection, min(position), max(updated_at), min(definition) FROM {}"
        " GROUP BY projection"
    )
    found = connection.execute(query.format(Identifier(LIVE, "positions"))).fetchall()
    kept = {name: rest for name, *rest in found}
    versions, retired = versions_in(connection, schema=LIVE), names_retired(connection)
    statuses = []
    for model in models:
        position, updated_at, definition = kept[model.name]
        version = versions.get(model.name)
        statuses.append(
            ModelStatus(
                name=model.name,
                position=position,
                head=head,
                rows=sum(_rows(connection, table) for table in model.ddl.names),
                updated_at=updated_at,
                outdated=definition != model.ddl.definition or version != version_of(model),
                version=version,
                retired=model.name in retired,
            )
        )
    return statuses


def outdated_models(
    connection: Connection[Any], *, models: Sequence[Projection] = READ_MODELS
) -> Sequence[Projection]:
    """The models whose live tables this release would make otherwise."""
    check_tables(connection, models=models)
    versions, alike = versions_in(connection, schema=LIVE), made_alike(connection, models)
    return [
        model
        for model in models
        if model not in alike or versions.get(model.name) != version_of(model)
    ]


def _rows(connection: Connection[Any], table: str) -> int:
    query = SQL("SELECT count(*) FROM {}").format(Identifier(LIVE, table))
    ((count,),) = connection.execute(query).fetchall()
    return int(count)
