from collections.abc import Iterator

import pytest
from psycopg import Connection, connect, sql
from psycopg.errors import DatabaseError, InsufficientPrivilege
from psycopg.rows import TupleRow

from infrastructure.event_store.ledger import open_ledger
from infrastructure.postgres.sessions import Role, session_conninfo
from tests.integration.event_store.tally import Tally
from tests.support.postgres import Database

KEPT = ("events", "idempotency_keys", "natural_keys")
REFUSED = "LK002"


@pytest.fixture(autouse=True)
def _event(database: Database) -> None:
    ledger = open_ledger(database.conninfo, pool_size=1)
    ledger.save(Tally.of("sheep"))
    ledger.close()


@pytest.fixture
def superuser(database: Database) -> Iterator[Connection[TupleRow]]:
    with connect(database.conninfo, autocommit=True) as session:
        yield session


def acting_as(role: Role, database: Database) -> Connection[TupleRow]:
    conninfo = session_conninfo(database.conninfo, role=role, application="test")
    return connect(conninfo, autocommit=True)


class TestTheWritingRole:
    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE ledger.events SET payload = '{}'",
            "DELETE FROM ledger.events",
            "TRUNCATE ledger.events",
            "INSERT INTO ledger.events SELECT * FROM ledger.events",
            "UPDATE ledger.head SET last_seq = 0",
            "DELETE FROM ledger.idempotency_keys",
            "INSERT INTO ledger.natural_keys SELECT * FROM ledger.natural_keys",
            "ALTER TABLE ledger.events DISABLE TRIGGER ALL",
            "SET ROLE dynasty_projector; CREATE TABLE ledger.mine (id int)",
        ],
    )
    def test_may_only_append(self, database: Database, statement: str) -> None:
        with acting_as("dynasty_writer", database) as writer:
            with pytest.raises(InsufficientPrivilege):
                writer.execute(statement.encode())
            assert writer.execute("SELECT count(*) FROM ledger.events").fetchone() == (1,)

    def test_is_the_role_of_the_ledger(self, database: Database) -> None:
        ledger = open_ledger(database.url, pool_size=1)
        with ledger.recorder.pool.connection() as session:
            row = session.execute(
                "SELECT current_user, current_setting('synchronous_commit'),"
                " current_setting('lock_timeout'), current_setting('statement_timeout')"
            ).fetchone()
        ledger.close()
        assert row == ("dynasty_writer", "on", "5s", "30s")


class TestTheOwner:
    @pytest.mark.parametrize("table", KEPT)
    @pytest.mark.parametrize(
        "statement", ["UPDATE {} SET stream_id = stream_id", "DELETE FROM {}", "TRUNCATE {}"]
    )
    def test_is_refused_by_the_trigger(
        self, database: Database, table: str, statement: str
    ) -> None:
        change = sql.SQL(statement).format(sql.Identifier("ledger", table))
        with acting_as("dynasty_owner", database) as owner:
            with pytest.raises(DatabaseError, match="only ever added to") as refusal:
                owner.execute(change)
            assert refusal.value.sqlstate == REFUSED

    def test_cannot_hide_behind_replication(self, superuser: Connection[TupleRow]) -> None:
        superuser.execute("SET session_replication_role = replica")
        with pytest.raises(DatabaseError, match="only ever added to"):
            superuser.execute("DELETE FROM ledger.events")


class TestTheReadModels:
    def test_belong_to_the_projector_and_are_open_to_the_reader(self, database: Database) -> None:
        with acting_as("dynasty_projector", database) as projector:
            projector.execute("CREATE SCHEMA read_build_1")
            projector.execute("CREATE TABLE read_build_1.accounts AS SELECT 7 AS total")
            projector.execute("ALTER TABLE read_build_1.accounts SET SCHEMA read")
            projector.execute("CREATE TABLE read_build_1.trades AS SELECT 8 AS total")
        with acting_as("dynasty_reader", database) as reader:
            assert reader.execute("SELECT total FROM read.accounts").fetchone() == (7,)
            assert reader.execute("SELECT total FROM read_build_1.trades").fetchone() == (8,)
            with pytest.raises(InsufficientPrivilege):
                reader.execute("DELETE FROM read.accounts")

    def test_of_the_owner_are_open_to_both(self, database: Database) -> None:
        with acting_as("dynasty_owner", database) as owner:
            owner.execute("CREATE TABLE read.progress (position bigint)")
        with acting_as("dynasty_projector", database) as projector:
            projector.execute("INSERT INTO read.progress VALUES (3)")
        with acting_as("dynasty_reader", database) as reader:
            assert reader.execute("SELECT position FROM read.progress").fetchone() == (3,)

    def test_let_nobody_else_call_append(self, database: Database) -> None:
        with (
            acting_as("dynasty_projector", database) as projector,
            pytest.raises(InsufficientPrivilege),
        ):
            projector.execute(f"SELECT ledger.append({', '.join(['NULL'] * 7)})".encode())
