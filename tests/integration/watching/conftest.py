"""Read models on a database of the test's own, with six events that nobody has projected."""

from collections.abc import Iterator

import pytest

from tests.integration.projections.projecting import Projecting, projecting
from tests.support.histories import History, Step, record
from tests.support.postgres import Database
from tests.support.redis import redis_server

SIX = History("no rules", [Step("result", 1, 1, 1)] * 5)


@pytest.fixture
def at_work(database: Database) -> Iterator[Projecting]:
    with projecting(database) as opened:
        record(opened.ledger, [SIX])
        yield opened


@pytest.fixture
def configured(at_work: Projecting, monkeypatch: pytest.MonkeyPatch) -> Projecting:
    """The environment names this database, and a Redis that answers."""
    monkeypatch.setenv("DATABASE_URL", at_work.database.url)
    monkeypatch.setenv("REDIS_URL", redis_server().url)
    return at_work
