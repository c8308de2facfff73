"""A world on servers of the test's own."""

from collections.abc import Iterator

import pytest

from tests.integration.marks.engines import World, world
from tests.support.postgres import Database


@pytest.fixture
def here(database: Database) -> Iterator[World]:
    with world(database) as opened:
        yield opened
