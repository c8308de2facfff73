"""Redis and PostgreSQL gone for a while: nothing is passed over, and silence is seen."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic, sleep

import pytest
from psycopg import connect

from application.errors import LedgerUnavailable
from application.marks.errors import MarksUnavailable
from infrastructure.embedded.redis import Redis
from infrastructure.marks.connecting import connect_redis
from infrastructure.marks.publisher import MarkPublisher
from tests.integration.marks.engines import PARTITIONS, World

READY_SECONDS = 30


@contextmanager
def a_redis(directory: Path) -> Iterator[str]:
    """A server that is gone after the block, with all that it held."""
    server = Redis(directory=directory, socket=directory / "redis.sock")
    process = subprocess.Popen(server.server().argv, stdout=subprocess.DEVNULL)
    try:
        give_up_at = monotonic() + READY_SECONDS
        while not server.answers():
            assert monotonic() < give_up_at, "Redis did not start"
            sleep(0.01)
        yield server.url
    finally:
        process.kill()
        process.wait()


def test_redis_gone_for_a_while_is_silence_and_then_goes_on(here: World) -> None:
    account = here.opened()
    here.at_work.catch_up()
    silent = "SELECT unknown_since IS NOT NULL FROM work.mark_states"
    with TemporaryDirectory(prefix="df-", dir="/tmp") as name:
        directory = Path(name)
        with a_redis(directory) as url:
            here.client = connect_redis(url)
            here.publisher = MarkPublisher(here.client, partitions=PARTITIONS)
            instance = here.begin()
            here.tell((account, "-1500.00", 1))
            instance.drain()
            assert here.at_work.admin.execute(silent).fetchall() == [(False,)]
        for _ in range(2):
            here.clock.pass_(50)
            with pytest.raises(MarksUnavailable):
                instance.engine.cycle(wait_ms=1)
        assert here.at_work.admin.execute(silent).fetchall() == [(True,)]
        with a_redis(directory):
            instance.drain()
            here.tell((account, "-2000.00", 0))
            here.clock.pass_(1)
            instance.drain()
            assert here.topics(account)[-1] == "failed"
            assert here.refusals() == {}
        here.client.close()


def test_postgres_gone_for_a_while_leaves_marks_where_they_are(here: World) -> None:
    account = here.opened()
    here.at_work.catch_up()
    instance = here.begin()
    instance.drain()
    here.tell((account, "-100.00", 2), (account, "-2000.00", 1), (account, "-1.00", 40))
    with unreachable(here), pytest.raises(LedgerUnavailable):
        instance.engine.cycle(wait_ms=1, drain=True)
    instance.drain()
    assert here.topics(account)[-2:] == ["rule_violated", "failed"]
    assert here.topics(account).count("failed") == 1
    assert here.refusals() == {"stale": 1}
    assert here.pending() == 0


@contextmanager
def unreachable(here: World) -> Iterator[None]:
    """Nobody is connected to the database of this world, nor can be."""
    name = here.at_work.database.name
    postgres = here.at_work.database.conninfo.replace(name, "postgres")
    with connect(postgres, autocommit=True) as other:
        other.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false".encode())
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = %s AND application_name <> %s",
            (name, ""),
        )
        try:
            yield
        finally:
            other.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true".encode())
