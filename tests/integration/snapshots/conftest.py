"""A ledger and a keeper on a database of the test's own."""

from collections.abc import Iterator

import pytest
from psycopg import Connection, connect
from psycopg.rows import TupleRow

from infrastructure.event_store.ledger import EventSourcedLedger, open_ledger
from infrastructure.postgres.persistence import open_pool
from infrastructure.postgres.pools import Pool, new_pool
from infrastructure.postgres.sessions import session_conninfo
from tests.support.postgres import Database


@pytest.fixture
def ledger(database: Database) -> Iterator[EventSourcedLedger]:
    opened = open_ledger(database.conninfo, pool_size=4)
    yield opened
    opened.close()


@pytest.fixture
def keeper(database: Database) -> Iterator[Pool]:
    conninfo = session_conninfo(database.conninfo, role="dynasty_keeper", application="test")
    pool = new_pool(conninfo, pool_size=4, name="keeper")
    open_pool(pool)
    yield pool
    pool.close()


@pytest.fixture
def superuser(database: Database) -> Iterator[Connection[TupleRow]]:
    with connect(database.conninfo, autocommit=True) as session:
        yield session
