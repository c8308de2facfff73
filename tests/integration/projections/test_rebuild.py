"""Built anew beside the live ones, and switched."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event as Signal
from typing import Any

import pytest
from psycopg import connect

from projections import rebuild as rebuild_module
from projections.aligning import bring_to, compared
from projections.building import REBUILD_LOCK
from projections.checking import check_read_models
from projections.comparing import RebuildDiffers
from projections.errors import PoisonEvent, RebuildRunning
from projections.gate import least_position
from projections.kernel import Projection
from projections.positions import positions_of
from projections.read_models import READ_MODELS, read_model
from projections.rebuild import Rebuilder
from tests.integration.projections.projecting import NAMES, Projecting
from tests.support.histories import History, Step, record

RESULTS = History("no rules", [Step("result", 1, 1, 1), Step("trade", 1, 1, 1)] * 20)
INDEXES = "SELECT indexname, tablename FROM pg_indexes WHERE schemaname = 'read' ORDER BY 1"
BUILDS = "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'read\\_build%'"
each_choice = pytest.mark.parametrize(
    "models", [READ_MODELS, *([model] for model in READ_MODELS)], ids=["all", *NAMES]
)


def ignore(_: int, __: int) -> None:
    pass


def rebuild(
    at_work: Projecting, models: list[Projection], *, batch: int = 11, accept: bool = False
) -> int:
    rebuilder = Rebuilder(at_work.log, at_work.pool, batch=batch)
    return rebuilder.rebuild(models, progress=ignore, accept=accept).position


@contextmanager
def written_and_projected(at_work: Projecting) -> Iterator[None]:
    """Events arriving, and a daemon following them, for the length of the block."""
    stop, stop_daemon = Signal(), Signal()

    def write() -> None:
        first = 100
        while not stop.is_set():
            record(at_work.ledger, [RESULTS], first_account=first)
            first += 1

    with ThreadPoolExecutor(2) as threads:
        working = [threads.submit(write), threads.submit(at_work.follow, stop_daemon)]
        try:
            yield
        finally:
            stop.set()
            stop_daemon.set()
        for each in working:
            each.result()


class TestTheSwitch:
    def test_has_little_to_follow_while_it_holds_the_live_rows(
        self, at_work: Projecting, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        record(at_work.ledger, [RESULTS])
        at_work.catch_up()
        followed: list[int] = []

        def and_meanwhile(*asked: Any, **rest: Any) -> Any:
            found = compared(*asked, **rest)
            record(at_work.ledger, [RESULTS], first_account=100)
            at_work.catch_up()
            return found

        def counted(connection: Any, log: Any, models: Any, live: Any, **rest: Any) -> None:
            names = [each.name for each in models]
            before = min(positions_of(connection, names, schema=rest["schema"]).values())
            bring_to(connection, log, models, live, **rest)
            after = min(positions_of(connection, names, schema=rest["schema"]).values())
            followed.append(after - before)

        monkeypatch.setattr(rebuild_module, "compared", and_meanwhile)
        monkeypatch.setattr(rebuild_module, "bring_to", counted)
        assert rebuild(at_work, list(READ_MODELS)) == 82
        assert followed == [0]


class TestRebuild:
    @each_choice
    def test_gives_the_rows_that_there_were(
        self, at_work: Projecting, models: list[Projection]
    ) -> None:
        record(at_work.ledger, [RESULTS])
        at_work.catch_up()
        indexes = at_work.admin.execute(INDEXES).fetchall()
        before = {name: at_work.admin.execute(f"TABLE read.{name}").fetchall() for name in NAMES}
        assert rebuild(at_work, models) == 41
        assert at_work.admin.execute(INDEXES).fetchall() == indexes
        for name in NAMES:
            assert sorted(at_work.admin.execute(f"TABLE read.{name}").fetchall(), key=str) == (
                sorted(before[name], key=str)
            )

    def test_mends_rows_that_are_wrong(self, at_work: Projecting) -> None:
        record(at_work.ledger, [RESULTS])
        at_work.catch_up()
        at_work.admin.execute("UPDATE read.accounts SET balance_units = 0")
        with pytest.raises(RebuildDiffers) as refusal:
            rebuild(at_work, [read_model("accounts")])
        (compared,) = refusal.value.compared
        assert (len(compared.only_live), len(compared.only_built)) == (1, 1)
        assert at_work.row("accounts")["balance_units"] == 0
        rebuild(at_work, [read_model("accounts")], accept=True)
        assert at_work.differences() == []

    def test_brings_a_model_that_is_behind_to_the_head(self, at_work: Projecting) -> None:
        record(at_work.ledger, [RESULTS])
        assert rebuild(at_work, [read_model("trades")]) == 41
        assert at_work.positions() == {**dict.fromkeys(NAMES, 0), "trades": 41}
        at_work.catch_up()
        assert at_work.differences() == []

    def test_takes_over_tables_of_another_shape(self, at_work: Projecting) -> None:
        at_work.admin.execute("UPDATE read.positions SET definition = 'old'")
        at_work.admin.execute("ALTER TABLE read.trades DROP COLUMN source")
        rebuild(at_work, list(READ_MODELS))
        check_read_models(at_work.admin)
        assert at_work.differences() == []

    def test_loses_nothing_while_events_arrive(self, at_work: Projecting) -> None:
        stop, seen = Signal(), [0]

        def watch() -> None:
            with connect(at_work.database.conninfo, autocommit=True) as reader:
                while not stop.is_set():
                    seen.append(least_position(reader, NAMES))

        with ThreadPoolExecutor(1) as threads:
            watching = threads.submit(watch)
            with written_and_projected(at_work):
                for _ in range(3):
                    rebuild(at_work, list(READ_MODELS), batch=200)
            stop.set()
            watching.result()
        assert seen == sorted(seen), "a position once seen is held for ever"
        at_work.catch_up()
        assert len(at_work.rows("audit_log", order="ledger_seq")) == at_work.log.head()
        assert at_work.differences() == []

    def test_answers_queries_throughout(self, at_work: Projecting) -> None:
        record(at_work.ledger, [RESULTS])
        at_work.catch_up()
        stop, counts = Signal(), set()

        def ask() -> None:
            with connect(at_work.database.conninfo, autocommit=True) as reader:
                while not stop.is_set():
                    counts.add(reader.execute("SELECT count(*) FROM read.trades").fetchone())

        with ThreadPoolExecutor(1) as threads:
            asking = threads.submit(ask)
            rebuild(at_work, list(READ_MODELS), batch=3)
            stop.set()
            asking.result()
        assert counts == {(40,)}

    def test_waits_for_a_reader_in_its_way(self, at_work: Projecting) -> None:
        record(at_work.ledger, [RESULTS])
        with ThreadPoolExecutor(1) as threads:
            with connect(at_work.database.conninfo) as reader:
                reader.execute("SELECT count(*) FROM read.trades")
                rebuilding = threads.submit(rebuild, at_work, list(READ_MODELS))
                while not at_work.admin.execute(
                    "SELECT FROM pg_locks WHERE NOT granted AND mode = 'AccessExclusiveLock'"
                ).fetchall():
                    pass
                assert reader.execute("SELECT count(*) FROM read.accounts").fetchone() == (0,)
            assert rebuilding.result() == 41
        assert at_work.differences() == []

    def test_drops_what_a_killed_rebuild_left(self, at_work: Projecting) -> None:
        at_work.admin.execute("CREATE SCHEMA read_build_old AUTHORIZATION dynasty_projector")
        at_work.admin.execute("CREATE TABLE read_build_old.trades (nothing int)")
        at_work.admin.execute("ALTER TABLE read_build_old.trades OWNER TO dynasty_projector")
        rebuild(at_work, [read_model("trades")])
        assert at_work.admin.execute(BUILDS).fetchall() == []

    def test_leaves_the_live_rows_alone_when_it_fails(self, at_work: Projecting) -> None:
        record(at_work.ledger, [RESULTS])
        at_work.catch_up()
        at_work.append_raw("account.teleported")
        with pytest.raises(PoisonEvent):
            rebuild(at_work, list(READ_MODELS))
        assert at_work.positions() == dict.fromkeys(NAMES, 41)
        assert len(at_work.rows("trades", order="ledger_seq")) == 40
        assert at_work.admin.execute(BUILDS).fetchall() == []

    def test_refuses_to_run_beside_another(self, at_work: Projecting) -> None:
        at_work.admin.execute("SELECT pg_advisory_lock(%s)", (REBUILD_LOCK,))
        with pytest.raises(RebuildRunning):
            rebuild(at_work, list(READ_MODELS))

    def test_tells_how_far_it_is(self, at_work: Projecting) -> None:
        record(at_work.ledger, [RESULTS])
        told: list[tuple[int, int]] = []
        Rebuilder(at_work.log, at_work.pool, batch=20).rebuild(
            READ_MODELS, progress=lambda position, last: told.append((position, last))
        )
        assert told[0] == (0, 41)
        assert told[-1] == (41, 41)


class TestCheck:
    @pytest.mark.parametrize(
        "change",
        [
            "UPDATE read.trades SET net_units = net_units + 1 WHERE trade_id = 'r-1'",
            "DELETE FROM read.trades WHERE trade_id = 'r-1'",
        ],
    )
    def test_names_the_row_that_differs(self, at_work: Projecting, change: str) -> None:
        record(at_work.ledger, [RESULTS])
        at_work.catch_up()
        at_work.admin.execute(change.encode())
        (found,) = at_work.differences()
        assert found.table == "trades"
        assert ["r-1" in row for row in found.only_built] == [True]
        assert at_work.positions() == dict.fromkeys(NAMES, 41)

    def test_finds_a_row_too_many(self, at_work: Projecting) -> None:
        record(at_work.ledger, [RESULTS])
        at_work.catch_up()
        at_work.admin.execute(
            "INSERT INTO read.audit_log (ledger_seq, stream_id, stream_version, event_type, actor)"
            " SELECT 99, stream_id, stream_version, event_type, actor FROM read.audit_log LIMIT 1"
        )
        (found,) = at_work.differences()
        assert (found.live_rows, found.built_rows, len(found.only_live)) == (42, 41, 1)

    def test_compares_models_that_stand_at_different_positions(self, at_work: Projecting) -> None:
        record(at_work.ledger, [RESULTS])
        at_work.catch_up(models=READ_MODELS[:3])
        record(at_work.ledger, [RESULTS], first_account=2)
        assert at_work.differences() == []
        assert set(at_work.positions().values()) == {0, 41}

    def test_holds_while_events_arrive(self, at_work: Projecting) -> None:
        with written_and_projected(at_work):
            for _ in range(3):
                assert at_work.differences() == []
