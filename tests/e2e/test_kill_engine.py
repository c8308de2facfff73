"""Engines killed at random while floors are crossed: each crossing ends as one violation."""

import os
from collections.abc import Iterator
from random import Random, SystemRandom
from signal import SIGTERM
from threading import Event as Signal
from threading import Thread
from time import sleep
from uuid import UUID

import pytest

from domain.kernel import Event
from infrastructure.marks.publisher import MarkPublisher
from projections.daemon import Daemon
from tests.e2e.marking import KILLS, ROUNDS, Rehearsal, instances, wait_until_done
from tests.integration.projections.projecting import Projecting, projecting
from tests.support.postgres import Database
from tests.support.redis import redis_server

SEED = "KILL_SEED"
PARTITIONS = 4


@pytest.fixture
def at_work(database: Database) -> Iterator[Projecting]:
    """A ledger whose read models follow."""
    with projecting(database) as opened:
        stop = Signal()
        daemon = Daemon(log=opened.log, pool=opened.pool, report=lambda _: None)
        thread = Thread(target=daemon.run, args=(stop,))
        thread.start()
        yield opened
        stop.set()
        thread.join()


@pytest.fixture
def rehearsal(at_work: Projecting) -> Iterator[Rehearsal]:
    seed = int(os.environ.get(SEED) or SystemRandom().randrange(2**32))
    print(f"{SEED}={seed}")  # noqa: T201 (captured, and shown with a failure)
    with redis_server().emptied() as client:
        found = Rehearsal(Random(seed), at_work, client)  # noqa: S311 (it must come again)
        found.open_accounts()
        yield found


def told(event: Event) -> tuple[str, object]:
    """What an event says, without its id and the time at which it was recorded."""
    facts = {name: value for name, value in vars(event).items() if name != "event_id"}
    return type(event).TOPIC, facts


def recorded(at_work: Projecting, rehearsal: Rehearsal) -> dict[UUID, list[tuple[str, object]]]:
    events: dict[UUID, list[tuple[str, object]]] = {each: [] for each in rehearsal.told}
    for each in at_work.log.read(after=0, limit=10_000):
        events[each.stream_id].append(told(at_work.log.decode(each)))
    return events


def test_each_crossing_ends_as_exactly_one_violation(
    at_work: Projecting, rehearsal: Rehearsal
) -> None:
    random, publisher = rehearsal.random, MarkPublisher(rehearsal.client, partitions=PARTITIONS)
    kills = set(random.sample(range(5, ROUNDS), KILLS))
    with instances(rehearsal, redis_server().url) as engines:
        for number in range(ROUNDS):
            rehearsal.tell(publisher)
            sleep(random.uniform(0.02, 0.2))
            if number in kills:
                engines.kill_one(random)
        wait_until_done(rehearsal, engines, partitions=PARTITIONS)
        for each in engines.running:
            each.send_signal(SIGTERM)
        assert [each.wait(60) for each in engines.running] == [0, 0], engines.said()
    found = recorded(at_work, rehearsal)
    for account in rehearsal.told:
        assert found[account] == [told(each) for each in rehearsal.wanted(account)]
    topics = [topic for events in found.values() for topic, _ in events]
    assert topics.count("account.rule_violated") > 0
