"""An archive of the test's own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.archive.archiving import Archiving, archiving_on
from tests.support.postgres import Database


@pytest.fixture
def archiving(database: Database, tmp_path: Path) -> Iterator[Archiving]:
    with archiving_on(database, tmp_path) as opened:
        yield opened
