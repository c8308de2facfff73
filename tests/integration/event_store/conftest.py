"""The ledger and the log on a database of the test's own."""

from collections.abc import Iterator

import pytest

from infrastructure.event_store.ledger import EventSourcedLedger, open_ledger
from infrastructure.event_store.log import PostgresLog, open_log
from tests.support.postgres import Database


@pytest.fixture
def combines() -> bool:
    """Whether appends that wait go together; `test_apart.py` runs the same tests without."""
    return True


@pytest.fixture
def ledger(database: Database, combines: bool) -> Iterator[EventSourcedLedger]:  # noqa: FBT001
    opened = open_ledger(database.conninfo, pool_size=8, combines=combines)
    yield opened
    opened.close()


@pytest.fixture
def log(database: Database) -> Iterator[PostgresLog]:
    opened = open_log(database.url)
    yield opened
    opened.close()
