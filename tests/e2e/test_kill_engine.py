"""Engines killed at random while floors are crossed: each crossing ends as one violation."""

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from random import Random, SystemRandom
from signal import SIGCONT, SIGSTOP, SIGTERM
from time import monotonic, sleep
from uuid import UUID

import pytest

from application.enforcement.policies import effects_of
from domain.kernel import Event
from infrastructure.marks.publisher import MarkPublisher
from projections.read_models import READ_MODELS
from projections.rebuild import Rebuilder
from tests.e2e.marking import (
    KILLS,
    READERS,
    ROUNDS,
    Instances,
    Rehearsal,
    instances,
    wait_until_done,
)
from tests.integration.projections.projecting import Projecting, projecting
from tests.support.postgres import Database
from tests.support.redis import redis_server

SEED = "KILL_SEED"
PARTITIONS = 4


@pytest.fixture
def at_work(database: Database) -> Iterator[Projecting]:
    with projecting(database) as opened:
        yield opened


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


def recorded(at_work: Projecting) -> Mapping[UUID, Sequence[tuple[str, object]]]:
    """The events of each stream."""
    events: dict[UUID, list[tuple[str, object]]] = {}
    for each in at_work.log.read(after=0, limit=10_000):
        events.setdefault(each.stream_id, []).append(told(at_work.log.decode(each)))
    return events


def assert_judged_once(at_work: Projecting, rehearsal: Rehearsal) -> None:
    """Every crossing is one violation, every mark refused is counted once, and every order that
    follows was given under one key, once.
    """
    found = recorded(at_work)
    for account in rehearsal.told:
        assert found[account] == [told(each) for each in rehearsal.wanted(account)]
    topics = [topic for account in rehearsal.told for topic, _ in found[account]]
    assert topics.count("account.rule_violated") > 0
    for number in READERS:
        of_reader = Counter(topic for topic, _ in found[UUID(int=number)])
        once = ("account.release_noted", "account.rule_violated", "account.failed")
        assert [of_reader[topic] for topic in once] == [1, 1, 1]
    strange = at_work.admin.execute(
        "SELECT sum(count)::int FROM work.mark_refusals WHERE reason = 'unknown_account'"
    ).fetchone()
    assert strange == (rehearsal.strange,)
    assert Counter(rehearsal.orders()) == Counter(wanted_orders(at_work))


def wanted_orders(at_work: Projecting) -> Sequence[str]:
    """The key of each order that follows from what was recorded."""
    return [
        effect.key
        for each in at_work.log.read(after=0, limit=10_000)
        for effect in effects_of(each, at_work.log.decode(each))
    ]


def stop(engines: Instances) -> None:
    """Ask all to end, orderly."""
    every = [*engines.running, *engines.daemons]
    for each in every:
        each.send_signal(SIGTERM)
    assert [each.wait(60) for each in every] == [0] * len(every), engines.said()


def test_each_crossing_ends_as_exactly_one_violation(
    at_work: Projecting, rehearsal: Rehearsal
) -> None:
    random, publisher = rehearsal.random, MarkPublisher(rehearsal.client, partitions=PARTITIONS)
    kills = set(random.sample(range(1, ROUNDS), KILLS))
    with instances(rehearsal, redis_server().url) as engines:
        for number in range(ROUNDS):
            rehearsal.tell(publisher)
            sleep(random.uniform(0.02, 0.2))
            if number in kills:
                engines.kill_one(random)
        wait_until_done(rehearsal, engines, partitions=PARTITIONS)
        # A rebuild beside them asks nothing of the platform.
        Rebuilder(at_work.log, at_work.pool).rebuild(READ_MODELS, progress=lambda _, __: None)
        wait_until_done(rehearsal, engines, partitions=PARTITIONS)
        stop(engines)
    assert_judged_once(at_work, rehearsal)


def test_an_owner_that_was_paused_neither_writes_nor_enforces_again(
    at_work: Projecting, rehearsal: Rehearsal
) -> None:
    publisher = MarkPublisher(rehearsal.client, partitions=PARTITIONS)
    with instances(rehearsal, redis_server().url) as engines:
        engines.wait_until_shared()
        for paused in engines.running:
            paused.send_signal(SIGSTOP)
            began = monotonic()
            for _ in range(3):
                rehearsal.tell(publisher)
                sleep(rehearsal.random.uniform(0.02, 0.2))
            engines.wait_until_owned_by_one()
            print(f"taken over after {monotonic() - began:.1f} s")  # noqa: T201
            for _ in range(ROUNDS // 6):
                rehearsal.tell(publisher)
                sleep(rehearsal.random.uniform(0.02, 0.2))
            paused.send_signal(SIGCONT)
            engines.wait_until_shared()
        wait_until_done(rehearsal, engines, partitions=PARTITIONS)
        stop(engines)
    assert_judged_once(at_work, rehearsal)
