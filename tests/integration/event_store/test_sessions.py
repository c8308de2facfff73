import pytest
from psycopg import connect
from psycopg.conninfo import make_conninfo

from infrastructure.event_store.datastore import LedgerFactory
from infrastructure.event_store.ledger import SEAMS, EventSourcedLedger
from infrastructure.postgres.sessions import session_conninfo
from tests.integration.event_store.tally import Tally
from tests.support.postgres import Database


def settings(conninfo: str, *names: str) -> list[str]:
    with connect(conninfo) as session:
        rows = [session.execute("SELECT current_setting(%s)", (name,)).fetchone() for name in names]
    return [row[0] for row in rows if row]


class TestSessionConninfo:
    def test_keeps_the_callers_own_limits(self, database: Database) -> None:
        own = make_conninfo(
            database.conninfo, options="-c statement_timeout=7s", application_name="x"
        )
        conninfo = session_conninfo(own, role="dynasty_reader", application="y")
        names = ("statement_timeout", "lock_timeout", "application_name", "role")
        assert settings(conninfo, *names) == ["7s", "5s", "x", "dynasty_reader"]

    def test_lets_nobody_weaken_the_promises(self, database: Database) -> None:
        weak = "-c synchronous_commit=off -c role=dynasty_owner -c timezone=Asia/Tokyo"
        own = make_conninfo(database.conninfo, options=weak)
        conninfo = session_conninfo(own, role="dynasty_writer", application="y")
        names = ("synchronous_commit", "role", "TimeZone", "transaction_isolation")
        assert settings(conninfo, *names) == ["on", "dynasty_writer", "UTC", "read committed"]


def test_the_factory_refuses_the_librarys_own_functions(database: Database) -> None:
    unsafe = {
        **SEAMS,
        "LEDGER_CONNINFO": database.conninfo,
        "LEDGER_POOL_SIZE": "1",
        "POSTGRES_ENABLE_DB_FUNCTIONS": "y",
    }
    with pytest.raises(ValueError, match="loses events"):
        LedgerFactory(unsafe)


def test_the_ledger_plans_each_of_its_statements_once(ledger: EventSourcedLedger) -> None:
    tally = Tally.of("sheep")
    for _ in range(8):
        ledger.save(tally.count())
        ledger.load(Tally, tally.id)
    with ledger.recorder.pool.connection() as session:
        planned = session.execute(
            "SELECT sum(custom_plans), sum(generic_plans) >= 16 FROM pg_prepared_statements"
        ).fetchone()
    assert planned == (0, True)
