"""The ledger and the log on a database of the test's own."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from infrastructure.event_store.ledger import EventSourcedLedger, open_ledger
from infrastructure.event_store.log import PostgresLog, open_log
from tests.support.postgres import Database


@pytest.fixture
def ledger(database: Database) -> Iterator[EventSourcedLedger]:
    with closing(open_ledger(database.conninfo, pool_size=4)) as opened:
        yield opened


@pytest.fixture
def log(database: Database) -> Iterator[PostgresLog]:
    with closing(open_log(database.url)) as opened:
        yield opened
