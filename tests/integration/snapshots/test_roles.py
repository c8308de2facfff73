"""Who may do what with snapshots."""

import pytest
from psycopg import connect
from psycopg.errors import InsufficientPrivilege

from infrastructure.postgres.pools import Pool
from infrastructure.postgres.sessions import Role, session_conninfo
from tests.support.postgres import Database


@pytest.mark.parametrize(
    "role", ["dynasty_writer", "dynasty_projector", "dynasty_reader", "dynasty_engine"]
)
def test_only_the_keeper_writes(database: Database, role: Role) -> None:
    conninfo = session_conninfo(database.conninfo, role=role, application="test")
    with connect(conninfo, autocommit=True) as session:
        session.execute("SELECT count(*) FROM work.snapshots, work.snapshot_codes")
        with pytest.raises(InsufficientPrivilege):
            session.execute("DELETE FROM work.snapshots")


def test_the_keeper_writes_nothing_else(keeper: Pool) -> None:
    for statement in (
        "UPDATE ledger.events SET payload = '{}'",
        "DELETE FROM ledger.head",
        "INSERT INTO ledger.events SELECT * FROM ledger.events",
        "UPDATE work.followers SET position = 0",
    ):
        with keeper.connection() as session, pytest.raises(InsufficientPrivilege):
            session.execute(statement.encode())
