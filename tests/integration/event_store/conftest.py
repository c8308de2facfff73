"""The ledger and the log on a database of the test's own."""

from collections.abc import Iterator

import pytest

from infrastructure.event_store.ledger import EventSourcedLedger, open_ledger
from infrastructure.event_store.log import PostgresLog, open_log
from tests.support.postgres import Database


@pytest.fixture
def ledger(database: Database) -> Iterator[EventSourcedLedger]:
    opened = open_ledger(database.conninfo, pool_size=8)
    yield opened
    opened.close()


@pytest.fixture
def log(database: Database) -> Iterator[PostgresLog]:
    opened = open_log(database.url)
    yield opened
    opened.close()
