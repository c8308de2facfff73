"""Read models built anew beside the live ones, then put in their place in one transaction.

Queries are answered throughout. A rebuild that is killed goes on where it was, when it is asked for
again: ranges of streams that are loaded stay so. See `rebuilds` for what is written down of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from itertools import groupby
from time import sleep
from typing import Any, Final, TypeAlias
from uuid import UUID

from psycopg import Connection
from psycopg.rows import TupleRow
from psycopg_pool import ConnectionPool

from domain.errors import DomainError
from projections.aligning import bring_to, compared
from projections.building import (
    BUILD_PREFIX,
    RANGE_EVENTS,
    begun,
    drop_builds,
    index,
    loaded,
    make_build,
    sole_rebuild,
)
from projections.checking import check_tables
from projections.comparing import Comparison, RebuildDiffers
from projections.kernel import Projection
from projections.lanes import ALL_LANES
from projections.left_standing import Parked, parked_in_build
from projections.loading import BATCH, STREAM_MAX, Loader, StreamLog
from projections.positions import places_of, positions_of
from projections.range_work import RangeWorker
from projections.rebuilds import (
    Rebuild,
    end,
    find_rebuild,
    follow,
    letters_held,
    note,
    open_rebuild,
    refuse_if_ended,
)
from projections.search_path import LIVE
from projections.stepping import Stepper
from projections.switching import held_still, made_alike, patiently, take_in, versions_in
from projections.transient import TRANSIENT
from projections.versions import version_of

Pool: TypeAlias = ConnectionPool[Connection[TupleRow]]
Progress: TypeAlias = Callable[[int, int], None]
"""Told how many events are done, and of how many."""

Helpers: TypeAlias = Callable[[UUID], AbstractContextManager[object]]
"""Others who work on the ranges of a rebuild, for the length of a block."""

POLL_SECONDS: Final = 0.03
CHECK_SCHEMA: Final = f"{BUILD_PREFIX}check"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilt:
    """What a rebuild came to. `compared` is None where live models were behind the build."""

    position: int
    compared: Sequence[Comparison] | None


def _nobody(_: UUID) -> AbstractContextManager[object]:
    return nullcontext()


@dataclass(frozen=True, slots=True)
class Rebuilder:
    """`pool` connects as `dynasty_projector`; `helpers` work beside this process.

    `range_events` is about how many events a worker takes on at once (None: as fits the log),
    `batch` and `stream_max` how many it takes in at once: at least so many, and no more of one
    stream.
    """

    log: StreamLog
    pool: Pool
    batch: int = BATCH
    range_events: int | None = None
    stream_max: int = STREAM_MAX
    helpers: Helpers = _nobody

    def rebuild(
        self,
        models: Sequence[Projection],
        *,
        progress: Progress,
        throttle: int | None = None,
        accept: bool = False,
        restart: bool = False,
    ) -> Rebuilt:
        """Build the models from the first event on and switch to them.

        They end at the head of the log, or where the live ones are. Refuses with RebuildRunning,
        ReadModelsMissing, PoisonEvent, RebuildGivenUp or RebuildDiffers; the live ones stay as they
        are then. Rows that differ are no refusal where the models were made by another version, or
        where that is accepted. A build that differs is kept for whoever accepts it.
        """
        with self.pool.connection() as connection, sole_rebuild(connection):
            check_tables(connection, models=models)
            rebuild = begun(
                connection,
                self.log,
                models,
                range_events=self.range_events,
                throttle=throttle,
                restart=restart,
            )
            try:
                self._load(connection, rebuild, models, progress)
                index(self.pool, models, schema=rebuild.schema_name)
                return self._finish(connection, rebuild, models, accept=accept)
            except TRANSIENT:
                raise
            except RebuildDiffers as refusal:
                note(connection, rebuild.rebuild_id, refusal)
                raise
            except DomainError as refusal:
                end(connection, rebuild.rebuild_id, "failed", problem=refusal)
                drop_builds(connection)
                raise

    def check(self, models: Sequence[Projection], *, progress: Progress) -> Sequence[Comparison]:
        """Build the models beside the live ones and compare the two at one position.

        The live ones go on. Refuses as `rebuild` does, but whatever differs.
        """
        found: list[Comparison] = []
        for group in self._by_position(models):
            with self.pool.connection() as connection, sole_rebuild(connection):
                left = open_rebuild(connection)
                keep = left.schema_name if left else ""
                drop_builds(connection, keep=keep)
                try:
                    found += self._checked(connection, group, progress)
                finally:
                    if not connection.closed:
                        drop_builds(connection, keep=keep)
        return found

    def _checked(
        self, connection: Connection[TupleRow], models: Sequence[Projection], progress: Progress
    ) -> Sequence[Comparison]:
        head = min(positions_of(connection, _names(models)).values())
        loader = Loader(
            self.log, models, CHECK_SCHEMA, head, batch=self.batch, stream_max=self.stream_max
        )
        with connection.transaction(), connection.cursor() as cursor:
            make_build(cursor, models, schema=CHECK_SCHEMA)
        done, held = 0, set[int]()
        for each in self.log.ranges(events=self.range_events or RANGE_EVENTS, last_seq=head):
            with connection.transaction():
                got = loader.load(connection, each, told=lambda _: None)
            done, held = done + got.events, held.union(got.letters)
            progress(done, head)
        with connection.transaction(), connection.cursor() as cursor:
            loaded(cursor, CHECK_SCHEMA, head)
        names, schema = _names(models), CHECK_SCHEMA
        parked = parked_in_build(connection, names, held=held, schema=schema)
        live = places_of(connection, names)
        bring_to(connection, self.log, models, live, schema=schema, parked=parked, batch=self.batch)
        found = patiently(
            lambda: compared(connection, self.pool, self.log, models, schema=schema, parked=parked)
        )
        assert found is not None, "a build that began behind the live models is not ahead of them"
        return found

    def _by_position(self, models: Sequence[Projection]) -> Sequence[Sequence[Projection]]:
        """Models at one position are built together, those at another apart."""
        with self.pool.connection() as connection:
            check_tables(connection, models=models)
            places = places_of(connection, [model.name for model in models])

        def where(model: Projection) -> list[int]:
            return [places[model.name, lane].position for lane in ALL_LANES]

        return [list(group) for _, group in groupby(sorted(models, key=where), where)]

    def _load(
        self,
        connection: Connection[TupleRow],
        rebuild: Rebuild,
        models: Sequence[Projection],
        progress: Progress,
    ) -> None:
        """See to it that all ranges are loaded: here, by helpers, by whoever takes part."""
        if rebuild.status != "loading":
            return

        def look() -> Rebuild:
            now = find_rebuild(connection, rebuild.rebuild_id)
            refuse_if_ended(connection, now)
            progress(now.done, now.events)
            return now

        worker = RangeWorker(
            self.log,
            self.pool,
            models,
            batch=self.batch,
            stream_max=self.stream_max,
            told=look,
        )
        with self.helpers(rebuild.rebuild_id):
            while True:
                worker.work(rebuild.rebuild_id)
                now = look()
                if now.ranges_done == now.ranges:
                    break
                sleep(POLL_SECONDS)
        with connection.transaction(), connection.cursor() as cursor:
            loaded(cursor, rebuild.schema_name, rebuild.head)
            follow(cursor, rebuild.rebuild_id)

    def _finish(
        self,
        connection: Connection[TupleRow],
        rebuild: Rebuild,
        models: Sequence[Projection],
        *,
        accept: bool,
    ) -> Rebuilt:
        """Follow the log to its head, compare, and switch."""
        schema, head = rebuild.schema_name, self.log.head()
        held = letters_held(connection, rebuild.rebuild_id)
        parked = parked_in_build(connection, _names(models), held=held, schema=schema)
        stepper = Stepper(self.log, models=models, schema=schema)
        stepper.reach(connection, head, limit=self.batch)
        alike = made_alike(connection, models)
        found = patiently(
            lambda: compared(connection, self.pool, self.log, alike, schema=schema, parked=parked)
        )
        if not accept:
            refuse_unexplained(connection, alike, found or ())
        # What was recorded meanwhile is not left for the moments in which the live rows are held.
        stepper.reach(connection, self.log.head(), limit=self.batch)
        position = patiently(lambda: self._switch(connection, rebuild, models, parked))
        drop_builds(connection)
        return Rebuilt(position=position, compared=found)

    def _switch(
        self,
        connection: Connection[TupleRow],
        rebuild: Rebuild,
        models: Sequence[Projection],
        parked: Parked,
    ) -> int:
        schema = rebuild.schema_name
        with connection.transaction(), connection.cursor() as cursor:
            # From here to the commit nobody projects, so the build can reach the live rows.
            live = held_still(cursor, _names(models))
            bring_to(
                connection, self.log, models, live, schema=schema, parked=parked, batch=self.batch
            )
            reached = min(positions_of(connection, _names(models), schema=schema).values())
            take_in(cursor, models, schema=schema)
            end(connection, rebuild.rebuild_id, "switched", position=reached)
        return reached


def refuse_unexplained(
    connection: Connection[Any], models: Sequence[Projection], found: Sequence[Comparison]
) -> None:
    """Refuse with RebuildDiffers where rows differ that the same code has made."""
    versions = versions_in(connection, schema=LIVE)
    same = {
        table
        for model in models
        if versions.get(model.name) == version_of(model)
        for table in model.ddl.names
    }
    differing = [each for each in found if each.table in same and not each.same]
    if differing:
        tables = ", ".join(each.table for each in differing)
        raise RebuildDiffers(
            f"The live rows of {tables} are not those that the same code builds from the log. The"
            " build is kept, and nothing was switched. Find out what changed them, then switch to"
            " the build with --accept.",
            compared=found,
        )


def _names(models: Sequence[Projection]) -> Sequence[str]:
    return [model.name for model in models]
