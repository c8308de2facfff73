"""The way back from a rebuild, and readers who notice nothing of either."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event as Signal

import pytest
from psycopg import Connection, connect
from psycopg.rows import TupleRow

from projections import reverting
from projections.building import REBUILD_LOCK
from projections.dead_letters import letters
from projections.errors import NothingRetired, RebuildRunning, RetiredOutdated
from projections.gate import least_position
from projections.kernel import Projection
from projections.read_models import READ_MODELS, read_model
from projections.rebuild import Rebuilder
from projections.retrying import Retrier
from projections.reverting import Reverter
from projections.status import ModelStatus, status_of
from projections.stepping import Stepper
from projections.versions import version_of
from tests.integration.projections.failing import PickyTrades
from tests.integration.projections.projecting import NAMES, Projecting
from tests.support.histories import History, Step, record

LIVES = [History("no rules", [Step("result", 1, 1, 1), Step("trade", 1, 1, 1)] * 3)] * 3
TRADES = read_model("trades")
RETIRED = "SELECT tablename FROM pg_tables WHERE schemaname = 'read_retired' ORDER BY 1"


@pytest.fixture
def rebuilt(at_work: Projecting) -> Projecting:
    """All models rebuilt, where every trade was odd before."""
    record(at_work.ledger, LIVES)
    at_work.catch_up()
    at_work.admin.execute("UPDATE read.trades SET symbol = 'odd'")
    at_work.admin.execute("UPDATE read.versions SET version = 'before'")
    rebuild(at_work)
    return at_work


def rebuild(at_work: Projecting, models: list[Projection] | None = None) -> None:
    rebuilder = Rebuilder(at_work.log, at_work.pool, range_events=7)
    rebuilder.rebuild(models or READ_MODELS, progress=lambda *_: None)


def reverter(at_work: Projecting) -> Reverter:
    return Reverter(at_work.log, at_work.pool)


def odd(at_work: Projecting) -> int:
    return sum(row["symbol"] == "odd" for row in at_work.rows("trades", order="ledger_seq"))


def status(at_work: Projecting, name: str) -> ModelStatus:
    found = status_of(at_work.admin, head=at_work.log.head())
    return next(each for each in found if each.name == name)


class TestRevert:
    def test_brings_back_what_was_live(self, rebuilt: Projecting) -> None:
        assert odd(rebuilt) == 0
        assert reverter(rebuilt).revert(TRADES) == rebuilt.log.head()
        assert odd(rebuilt) == 18

    def test_brings_it_up_to_date_first(self, rebuilt: Projecting) -> None:
        record(rebuilt.ledger, LIVES, first_account=20)
        rebuilt.catch_up()
        assert reverter(rebuilt).revert(TRADES) == rebuilt.log.head()
        assert (odd(rebuilt), len(rebuilt.rows("trades", order="ledger_seq"))) == (18, 36)
        assert set(rebuilt.positions().values()) == {rebuilt.log.head()}

    def test_goes_forth_again(self, rebuilt: Projecting) -> None:
        reverter(rebuilt).revert(TRADES)
        reverter(rebuilt).revert(TRADES)
        assert rebuilt.differences() == []

    def test_leaves_a_model_that_follows_the_log(self, rebuilt: Projecting) -> None:
        reverter(rebuilt).revert(TRADES)
        record(rebuilt.ledger, LIVES, first_account=20)
        rebuilt.catch_up()
        assert (odd(rebuilt), len(rebuilt.rows("trades", order="ledger_seq"))) == (18, 36)

    def test_leaves_the_other_models_alone(self, rebuilt: Projecting) -> None:
        reverter(rebuilt).revert(TRADES)
        assert [each.table for each in rebuilt.differences()] == ["trades"]

    def test_brings_back_its_version(self, rebuilt: Projecting) -> None:
        assert not status(rebuilt, "trades").outdated
        assert status(rebuilt, "trades").version == version_of(TRADES)
        reverter(rebuilt).revert(TRADES)
        assert status(rebuilt, "trades").version == "before"
        assert status(rebuilt, "trades").outdated

    def test_is_refused_where_nothing_is_kept(self, at_work: Projecting) -> None:
        with pytest.raises(NothingRetired):
            reverter(at_work).revert(TRADES)

    def test_is_refused_where_this_release_writes_other_tables(self, rebuilt: Projecting) -> None:
        rebuilt.admin.execute("UPDATE read_retired.positions SET definition = 'old'")
        with pytest.raises(RetiredOutdated):
            reverter(rebuilt).revert(TRADES)
        assert odd(rebuilt) == 0

    def test_is_refused_where_an_account_is_let_go_while_it_looks(
        self, at_work: Projecting, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        record(at_work.ledger, LIVES)
        picky = PickyTrades(6)
        models = [picky if each.name == "trades" else each for each in READ_MODELS]
        with at_work.pool.connection() as connection:
            Stepper(at_work.log, models=models, parked_max=5).reach(connection, at_work.log.head())
        Rebuilder(at_work.log, at_work.pool).rebuild(
            [TRADES], progress=lambda *_: None, accept=True
        )
        (letter,) = letters(at_work.admin)
        gone: list[object] = []

        def and_then_let_go(look: Callable[..., object]) -> Callable[..., object]:
            def looking(*asked: object) -> object:
                found = look(*asked)
                if not gone:
                    gone.append(Retrier(at_work.log, at_work.pool).retry(letter.letter_id))
                return found

            return looking

        # Whichever of the two looks comes first, the account is let go behind it.
        for name in ("parked_now", "refuse_let_go"):
            monkeypatch.setattr(reverting, name, and_then_let_go(getattr(reverting, name)))
        with pytest.raises(RetiredOutdated):
            reverter(at_work).revert(TRADES)
        assert gone
        assert at_work.differences() == []

    def test_is_refused_beside_a_rebuild(self, rebuilt: Projecting) -> None:
        rebuilt.admin.execute("SELECT pg_advisory_lock(%s)", (REBUILD_LOCK,))
        with pytest.raises(RebuildRunning):
            reverter(rebuilt).revert(TRADES)


class TestDrop:
    def test_lets_go_of_what_was_live(self, rebuilt: Projecting) -> None:
        assert status(rebuilt, "trades").retired
        reverter(rebuilt).drop(TRADES)
        assert not status(rebuilt, "trades").retired
        assert ("trades",) not in rebuilt.admin.execute(RETIRED).fetchall()
        with pytest.raises(NothingRetired):
            reverter(rebuilt).revert(TRADES)

    def test_leaves_the_others(self, rebuilt: Projecting) -> None:
        reverter(rebuilt).drop(TRADES)
        assert status(rebuilt, "accounts").retired
        reverter(rebuilt).revert(read_model("accounts"))

    def test_is_refused_where_nothing_is_kept(self, at_work: Projecting) -> None:
        with pytest.raises(NothingRetired):
            reverter(at_work).drop(TRADES)

    def test_is_not_needed_before_the_next_rebuild(self, rebuilt: Projecting) -> None:
        rebuild(rebuilt, [TRADES])
        reverter(rebuilt).revert(TRADES)
        assert odd(rebuilt) == 0


JOIN = """
SELECT count(*), count(*) FILTER (WHERE t.symbol = 'odd')
FROM read.accounts AS a LEFT JOIN read.trades AS t USING (account_id)
"""


class TestReaders:
    def test_see_one_or_the_other_and_are_never_refused(self, rebuilt: Projecting) -> None:
        """Queries over several tables are hammered while models are switched to and fro."""
        stop, seen, positions = Signal(), set(), [0]

        def ask(connection: Connection[TupleRow]) -> None:
            positions.append(least_position(connection, NAMES))
            seen.add(connection.execute(JOIN).fetchone())

        def hammer() -> None:
            # Whoever waits longer than a switch may take is refused by the server.
            options = "-c lock_timeout=2s -c statement_timeout=5s"
            with connect(rebuilt.database.conninfo, autocommit=True, options=options) as reader:
                while not stop.is_set():
                    ask(reader)

        stop_daemon = Signal()
        with ThreadPoolExecutor(4) as threads:
            hammering = [threads.submit(hammer) for _ in range(3)]
            projecting = threads.submit(rebuilt.follow, stop_daemon)
            try:
                for _ in range(3):
                    reverter(rebuilt).revert(TRADES)
                    rebuild(rebuilt, [read_model("accounts")])
            finally:
                stop.set()
                stop_daemon.set()
            for each in (*hammering, projecting):
                each.result()
        assert seen == {(18, 18), (18, 0)}
        assert set(positions[1:]) == {rebuilt.log.head()}
