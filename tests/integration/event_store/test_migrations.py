from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from psycopg import connect, sql
from psycopg.conninfo import make_conninfo

from infrastructure.event_store.ledger import open_ledger
from infrastructure.postgres.migrator import (
    Migration,
    MigrationChanged,
    migrate,
    packaged_migrations,
    pending,
)
from tests.support import postgres
from tests.support.postgres import (
    Cluster,
    Database,
    EmbeddedServer,
    InstalledServer,
    Server,
)

CREATE_THING = Migration(number=1, name="0001_thing.sql", sql="CREATE TABLE thing (id int)")
BREAK = Migration(number=2, name="0002_break.sql", sql="CREATE TABLE part (id int); SELECT 1 / 0")
needs_postgres_15 = pytest.mark.skipif(
    not postgres.SYSTEM_POSTGRES_15.exists(), reason="PostgreSQL 15 is not installed here"
)
CLUSTERS = (
    postgres.cluster,
    postgres.cluster_16,
    pytest.param(postgres.cluster_15, marks=needs_postgres_15),
)


def tables(database: Database) -> set[str]:
    with connect(database.conninfo) as session:
        rows = session.execute(
            "SELECT schemaname || '.' || tablename FROM pg_tables"
            " WHERE schemaname IN ('ledger', 'dynasty', 'public')"
        ).fetchall()
    return {name for (name,) in rows}


def new_server_15() -> Server:
    return InstalledServer(binaries=postgres.SYSTEM_POSTGRES_15)


@pytest.fixture(params=[EmbeddedServer, pytest.param(new_server_15, marks=needs_postgres_15)])
def new_cluster(request: pytest.FixtureRequest) -> Iterator[Cluster]:
    """A server whose roles no test has made yet."""
    server: Server = request.param()
    yield Cluster(server)
    server.stop()


@pytest.fixture(params=CLUSTERS)
def any_database(request: pytest.FixtureRequest) -> Iterator[Database]:
    start: Callable[[], Cluster] = request.param
    with start().lent(Cluster.empty_database) as lent:
        yield lent


class TestMigrate:
    def test_makes_the_ledger_on_every_supported_version(self, any_database: Database) -> None:
        applied = migrate(any_database.conninfo)
        assert list(applied) == list(packaged_migrations())
        assert {"ledger.events", "ledger.head", "dynasty.migrations"} <= tables(any_database)

    def test_changes_nothing_the_second_time(self, empty_database: Database) -> None:
        migrate(empty_database.conninfo)
        assert list(migrate(empty_database.conninfo)) == []
        assert list(pending(empty_database.conninfo)) == []

    def test_tells_what_is_pending_without_applying_it(self, empty_database: Database) -> None:
        assert list(pending(empty_database.conninfo)) == list(packaged_migrations())
        assert tables(empty_database) == set()

    def test_applies_each_file_once_when_many_start_together(
        self, empty_database: Database
    ) -> None:
        with ThreadPoolExecutor(4) as pool:
            applied = list(pool.map(migrate, [empty_database.conninfo] * 4))
        numbers = sorted(migration.number for batch in applied for migration in batch)
        assert numbers == [migration.number for migration in packaged_migrations()]

    def test_refuses_when_an_applied_file_changed(self, empty_database: Database) -> None:
        migrate(empty_database.conninfo, migrations=[CREATE_THING])
        edited = replace(CREATE_THING, sql="CREATE TABLE thing (id bigint)")
        with pytest.raises(MigrationChanged) as refusal:
            migrate(empty_database.conninfo, migrations=[edited])
        assert refusal.value.facts["number"] == 1

    def test_refuses_when_an_applied_file_is_gone(self, empty_database: Database) -> None:
        migrate(empty_database.conninfo, migrations=[CREATE_THING])
        with pytest.raises(MigrationChanged):
            pending(empty_database.conninfo, migrations=[])

    def test_keeps_nothing_of_a_file_that_fails(self, empty_database: Database) -> None:
        with pytest.raises(Exception, match="division by zero"):
            migrate(empty_database.conninfo, migrations=[CREATE_THING, BREAK])
        assert tables(empty_database) == {"dynasty.migrations", "public.thing"}
        assert list(pending(empty_database.conninfo, migrations=[CREATE_THING, BREAK])) == [BREAK]


class TestMigrateOnANewServer:
    def test_shares_roles_between_databases_that_start_together(self, new_cluster: Cluster) -> None:
        databases = [new_cluster.empty_database().conninfo for _ in range(4)]
        with ThreadPoolExecutor(4) as pool:
            applied = list(pool.map(migrate, databases))
        assert [len(batch) for batch in applied] == [len(packaged_migrations())] * 4

    def test_needs_no_superuser(self, new_cluster: Cluster) -> None:
        database = new_cluster.empty_database()
        with connect(database.conninfo, autocommit=True) as admin:
            admin.execute("CREATE ROLE deployer LOGIN CREATEROLE")
            admin.execute(
                sql.SQL("ALTER DATABASE {} OWNER TO deployer").format(sql.Identifier(database.name))
            )
        deployer = make_conninfo(database.conninfo, user="deployer")
        assert list(migrate(deployer)) == list(packaged_migrations())
        open_ledger(deployer, pool_size=1).close()
