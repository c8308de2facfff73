"""A ledger and a keeper on a database of the test's own."""

from collections.abc import Iterator

import pytest
from psycopg import Connection, connect
from psycopg.rows import TupleRow

from infrastructure.event_store.ledger import EventSourcedLedger, open_ledger
from infrastructure.postgres.pools import Pool
from infrastructure.snapshots.opening import open_keeper
from tests.support.postgres import Database


@pytest.fixture
def ledger(database: Database) -> Iterator[EventSourcedLedger]:
    opened = open_ledger(database.conninfo, pool_size=4)
    yield opened
    opened.close()


@pytest.fixture
def keeper(database: Database) -> Iterator[Pool]:
    pool = open_keeper(database.conninfo, pool_size=4)
    yield pool
    pool.close()


@pytest.fixture
def superuser(database: Database) -> Iterator[Connection[TupleRow]]:
    with connect(database.conninfo, autocommit=True) as session:
        yield session
