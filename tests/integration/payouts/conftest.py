"""A ledger on a database of the test's own."""

from collections.abc import Iterator

import pytest

from tests.integration.projections.projecting import Projecting, projecting
from tests.support.postgres import Database


@pytest.fixture
def at_work(database: Database) -> Iterator[Projecting]:
    with projecting(database) as opened:
        yield opened
