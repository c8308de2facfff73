"""Archiving, and that nobody who reads can tell."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.archive.archiving import Archiving, archiving_on, fill
from tests.support.postgres import Database


@pytest.fixture
def archiving(database: Database, tmp_path: Path) -> Iterator[Archiving]:
    with archiving_on(database, tmp_path) as opened:
        yield opened


def test_reads_fall_through(archiving: Archiving) -> None:
    fill(archiving.ledger, 250)
    before = archiving.everything()
    done = archiving.archive(201)
    assert [each.partition.last_seq for each in done] == [100, 200]
    assert archiving.everything() == before
