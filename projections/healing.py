"""One account's rows made anew out of its events, shown beside those that are there, and put in
their place.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, TypeAlias
from uuid import UUID

from psycopg import Connection, Cursor
from psycopg.rows import TupleRow
from psycopg.sql import SQL, Identifier
from psycopg_pool import ConnectionPool

from application.errors import StreamNotFound
from application.log import StreamRange
from projections.building import BUILD_PREFIX, make_build
from projections.checking import check_tables
from projections.errors import NoRowsOfAccounts, ReadModelOutdated
from projections.kernel import Projection
from projections.lanes import lane_of
from projections.loading import Loader, StreamLog
from projections.search_path import LIVE
from projections.switching import held_still, made_alike, patiently

Pool: TypeAlias = ConnectionPool[Connection[TupleRow]]
ONLY_IN: Final = """
SELECT to_jsonb(each)::text FROM {} AS each WHERE {column} = %(account)s
EXCEPT ALL
SELECT to_jsonb(each)::text FROM {} AS each WHERE {column} = %(account)s
ORDER BY 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Healed:
    """One table: the account's rows that are there alone, and those that would be there."""

    table: str
    only_live: Sequence[str]
    only_built: Sequence[str]

    @property
    def same(self) -> bool:
        """Whether there is nothing to heal."""
        return not self.only_live and not self.only_built


@dataclass(frozen=True, slots=True)
class Healer:
    """`pool` connects as `dynasty_projector`."""

    log: StreamLog
    pool: Pool

    def difference(self, account_id: UUID, models: Sequence[Projection]) -> Sequence[Healed]:
        """What healing would change. Nothing is changed. Refuses as `heal` does."""
        return patiently(lambda: self._healed(account_id, models, apply=False))

    def heal(self, account_id: UUID, models: Sequence[Projection]) -> Sequence[Healed]:
        """Put the account's rows as its events make them in the place of those that are there, in
        one transaction that holds its lane; return what that changed.

        Refuses with StreamNotFound, NoRowsOfAccounts, ReadModelsMissing, ReadModelOutdated or
        PoisonEvent.
        """
        return patiently(lambda: self._healed(account_id, models, apply=True))

    def _healed(
        self, account_id: UUID, models: Sequence[Projection], *, apply: bool
    ) -> Sequence[Healed]:
        found: list[Healed] = []
        with self.pool.connection() as connection:
            _check(connection, models)
            with (
                connection.transaction(force_rollback=not apply),
                connection.cursor() as cursor,
                self._built(cursor, account_id, models) as schema,
            ):
                for model, table in ((each, name) for each in models for name in each.ddl.names):
                    rows = _Rows(table, Identifier(model.account_column), account_id, schema)
                    found.append(rows.difference(cursor))
                    if apply and not found[-1].same:
                        rows.replace(cursor)
        return found

    @contextmanager
    def _built(
        self, cursor: Cursor[Any], account_id: UUID, models: Sequence[Projection]
    ) -> Iterator[str]:
        """The account's rows at the position of its lane, in a schema of their own."""
        lane, names = lane_of(account_id), [model.name for model in models]
        places = held_still(cursor, names, lanes=[lane])
        schema = f"{BUILD_PREFIX}{account_id.hex}"
        make_build(cursor, models, schema=schema)
        events = 0
        for position in sorted({place.position for place in places.values()}):
            at_it = [each for each in models if places[each.name, lane].position == position]
            loader = Loader(self.log, at_it, schema, position)
            loaded = loader.load(cursor.connection, _only(account_id), told=lambda _: None)
            events += loaded.events
        if not events:
            raise StreamNotFound(
                f"No event of the account {account_id} is projected yet. Check the id, or let the"
                " read models catch up first."
            )
        yield schema
        cursor.execute(SQL("DROP SCHEMA {} CASCADE").format(Identifier(schema)))


def is_of_accounts(model: Projection) -> bool:
    """Whether the rows of a model belong to accounts, each to one."""
    return f"{model.account_column} uuid" in model.ddl.tables


def _only(stream_id: UUID) -> StreamRange:
    """The streams above the one just before, up to this one."""
    return StreamRange(UUID(int=stream_id.int - 1) if stream_id.int else None, stream_id, 0)


def _check(connection: Connection[Any], models: Sequence[Projection]) -> None:
    check_tables(connection, models=models)
    alike = made_alike(connection, models)
    for model in models:
        if not is_of_accounts(model):
            raise NoRowsOfAccounts(
                f"The rows of {model.name} belong to no account; rebuild the model instead.",
                name=model.name,
            )
        if model not in alike:
            raise ReadModelOutdated(
                f"The tables of {model.name} were made by another release; rebuild the model"
                " first.",
                name=model.name,
            )


@dataclass(frozen=True, slots=True)
class _Rows:
    """An account's rows of one table: the live ones, and those built in a schema."""

    table: str
    column: Identifier
    account_id: UUID
    schema: str

    def difference(self, cursor: Cursor[Any]) -> Healed:
        live, built = Identifier(LIVE, self.table), Identifier(self.schema, self.table)
        return Healed(
            table=self.table,
            only_live=self._only_in(cursor, live, built),
            only_built=self._only_in(cursor, built, live),
        )

    def _only_in(self, cursor: Cursor[Any], one: Identifier, other: Identifier) -> Sequence[str]:
        query = SQL(ONLY_IN).format(one, other, column=self.column)
        return [text for (text,) in cursor.execute(query, {"account": self.account_id}).fetchall()]

    def replace(self, cursor: Cursor[Any]) -> None:
        live, built = Identifier(LIVE, self.table), Identifier(self.schema, self.table)
        gone = SQL("DELETE FROM {} WHERE {} = %s").format(live, self.column)
        cursor.execute(gone, (self.account_id,))
        put = SQL("INSERT INTO {} SELECT * FROM {} WHERE {} = %s").format(live, built, self.column)
        cursor.execute(put, (self.account_id,))
