"""Replays out of the log, compared with the aggregate itself."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from random import Random
from uuid import UUID

import pytest

from application.audit.figures import Value, standing_figures
from application.audit.replay import Step, Until, replay
from application.context import CommandContext, acting
from application.errors import StreamNotFound
from application.log import Log
from domain.accounts.account import TradingAccount
from domain.accounts.standing import standing_of
from infrastructure.event_store.ledger import open_ledger
from infrastructure.event_store.log import PostgresLog, open_log
from tests.integration.event_store.tally import Tally
from tests.support.histories import random_history, record
from tests.support.postgres import Database

ACCOUNTS = tuple(UUID(int=number) for number in range(1, 7))
TALLY = UUID(int=99)
CAUSE = CommandContext(
    actor="admin:7", reason="a trial", correlation_id="c-1", causation_id="e-1", request_id="r-1"
)


@pytest.fixture(scope="module")
def log(module_database: Database) -> Iterator[PostgresLog]:
    """A log of six accounts with lives of their own, interleaved, and something else."""
    random = Random(20_260_105)  # noqa: S311 - the same lives in every run.
    ledger = open_ledger(module_database.url, pool_size=2)
    with acting(CAUSE):
        record(ledger, [random_history(random, steps=60) for _ in ACCOUNTS])
        ledger.save(Tally.of("sheep", id=TALLY))
    ledger.close()
    opened = open_log(module_database.url)
    yield opened
    opened.close()


def steps_of(log: Log, account: UUID, until: Until | None = None) -> list[Step]:
    return list(replay(account, log, until or Until()))


@pytest.mark.parametrize("account", ACCOUNTS)
class TestReplay:
    def test_shows_after_each_event_what_the_aggregate_was(
        self, log: PostgresLog, account: UUID
    ) -> None:
        for step in steps_of(log, account):
            then = log.load_until(TradingAccount, account, at_seq=step.recorded.ledger_seq)
            assert step.after == standing_of(then.state)

    def test_begins_each_step_where_the_last_one_ended(self, log: Log, account: UUID) -> None:
        steps = steps_of(log, account)
        assert steps[0].before is None
        assert all(one.after == two.before for one, two in pairwise(steps))
        assert [each.recorded.stream_version for each in steps] == [
            *range(1, len(steps) + 1)
        ]  # fmt: skip

    def test_names_every_change_and_no_other(self, log: Log, account: UUID) -> None:
        known: dict[str, Value] = {}
        for step in steps_of(log, account):
            for change in step.changes:
                assert known.get(change.field) == change.before != change.after
                known[change.field] = change.after
            standing = standing_figures(step.after)
            assert {name: known.get(name) for name in standing} == standing

    def test_stops_at_what_was_true_at_each_moment(self, log: PostgresLog, account: UUID) -> None:
        whole = steps_of(log, account)
        for step in whole:
            moment = step.recorded.effective_at
            stopped = steps_of(log, account, Until(as_of=moment))
            then = log.load_until(TradingAccount, account, as_of=moment)
            assert stopped == whole[: then.version]
            assert stopped[-1].after == standing_of(then.state)

    def test_stops_at_what_was_known_at_a_position(self, log: Log, account: UUID) -> None:
        whole = steps_of(log, account)
        middle = whole[len(whole) // 2].recorded.ledger_seq
        stopped = steps_of(log, account, Until(at_seq=middle))
        assert stopped == [each for each in whole if each.recorded.ledger_seq <= middle]


def test_a_step_says_who_acted_and_why(log: Log) -> None:
    recorded = steps_of(log, ACCOUNTS[0])[-1].recorded
    said = (recorded.actor, recorded.reason, recorded.correlation_id, recorded.causation_id)
    assert said == ("admin:7", "a trial", "c-1", "e-1")


@pytest.mark.parametrize("stream", [UUID(int=404), TALLY], ids=["no stream", "no account"])
def test_a_stream_that_is_no_account_is_not_found(log: Log, stream: UUID) -> None:
    with pytest.raises(StreamNotFound):
        steps_of(log, stream)


def test_an_account_is_not_found_before_it_was_opened(log: Log) -> None:
    opened = steps_of(log, ACCOUNTS[0])[0].recorded
    with pytest.raises(StreamNotFound):
        steps_of(log, ACCOUNTS[0], Until(as_of=opened.effective_at - timedelta(microseconds=1)))
    with pytest.raises(StreamNotFound):
        steps_of(log, ACCOUNTS[1], Until(at_seq=1))
