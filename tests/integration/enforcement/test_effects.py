"""From a verdict in the log to an order: each once in the table, at least once to the platform."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from psycopg.errors import InsufficientPrivilege
from typing_extensions import override

from application.enforcement.errors import EffectNotFailed
from application.enforcement.following import READ, EffectFollower, effects_at
from application.lanes import ALL_LANES, lane_of
from application.log import RecordedEvent
from domain.accounts.account import TradingAccount
from domain.kernel import Event
from infrastructure.enforcement.effects import PostgresEffects
from infrastructure.event_store.log import PostgresLog
from infrastructure.postgres.pools import Pool
from projections.read_models import READ_MODELS
from projections.rebuild import Rebuilder
from tests.integration.marks.engines import pool_of
from tests.integration.projections.projecting import Projecting, projecting
from tests.support.builders import OPENED, marking, pack_of
from tests.support.postgres import Database

FAILING: dict[str, Any] = {"max_loss": {"mode": "static", "amount": "1000.00"}}
EVERY = dict.fromkeys(ALL_LANES, 1)


@pytest.fixture
def at_work(database: Database) -> Iterator[Projecting]:
    with projecting(database) as opened:
        yield opened


@pytest.fixture
def engine(database: Database) -> Iterator[Pool]:
    with pool_of(database, "dynasty_engine") as pool:
        yield pool


@pytest.fixture
def effects(engine: Pool) -> PostgresEffects:
    return PostgresEffects(engine)


def failed(at_work: Projecting, number: int = 1) -> UUID:
    """An account that has lost all it may lose."""
    account = TradingAccount.open(
        account_id=UUID(int=number), trader_id=UUID(int=7), plan="test", pack=pack_of(**FAILING),
        at=OPENED,
    )  # fmt: skip
    marking("-1000.00")(account)
    at_work.ledger.save(account)
    return account.id


def follower_of(at_work: Projecting, effects: PostgresEffects) -> EffectFollower:
    """One that holds every lane."""
    return EffectFollower(at_work.log, effects, lambda: EVERY, report=print)


class Blind(PostgresLog):
    """A release that can read nothing."""

    def __init__(self, log: PostgresLog) -> None:
        super().__init__(log._pool)

    @override
    def decode(self, recorded: RecordedEvent) -> Event:
        raise ValueError(f"What is {recorded.event_type}?")


def kept(at_work: Projecting) -> list[tuple[Any, ...]]:
    return at_work.admin.execute(
        "SELECT account_id, action, status FROM work.effects ORDER BY effect_id"
    ).fetchall()


class TestFollowing:
    def test_turns_a_failure_into_orders_in_their_order(
        self, at_work: Projecting, effects: PostgresEffects
    ) -> None:
        account = failed(at_work)
        while follower_of(at_work, effects).step():
            pass
        assert kept(at_work) == [(account, "flatten", "pending"), (account, "disable", "pending")]

    def test_twice_keeps_each_once(self, at_work: Projecting, effects: PostgresEffects) -> None:
        failed(at_work)
        follower = follower_of(at_work, effects)
        follower.step()
        before = kept(at_work)
        at_work.admin.execute("UPDATE work.followers SET position = 0")
        follower.step()
        assert kept(at_work) == before

    def test_by_many_at_once_keeps_each_once(
        self, at_work: Projecting, effects: PostgresEffects
    ) -> None:
        for number in range(1, 21):
            failed(at_work, number)
        with ThreadPoolExecutor(4) as threads:
            for _ in range(8):
                threads.submit(follower_of(at_work, effects).step)
        assert len(kept(at_work)) == 40
        assert set(effects.positions().values()) == {at_work.log.head()}

    def test_has_no_part_in_a_rebuild(self, at_work: Projecting, effects: PostgresEffects) -> None:
        failed(at_work)
        follower_of(at_work, effects).step()
        at_work.catch_up()
        before = kept(at_work)
        Rebuilder(at_work.log, at_work.pool).rebuild(READ_MODELS, progress=lambda *_: None)
        assert kept(at_work) == before
        assert follower_of(at_work, effects).step() == 0

    @pytest.mark.usefixtures("at_work")
    def test_moves_nothing_from_another_position(self, effects: PostgresEffects) -> None:
        effects.claim(EVERY)
        assert not effects.keep([], lanes=EVERY, expected=5, position=6)
        assert set(effects.positions().values()) == {0}

    @pytest.mark.usefixtures("at_work")
    def test_moves_nothing_under_an_epoch_that_has_passed(self, effects: PostgresEffects) -> None:
        effects.claim(EVERY)
        effects.claim({3: 2})
        assert not effects.keep([], lanes=EVERY, expected=0, position=6)
        others = {lane: epoch for lane, epoch in EVERY.items() if lane != 3}
        assert effects.keep([], lanes=others, expected=0, position=6)
        assert effects.positions() == {**dict.fromkeys(others, 6), 3: 0}

    def test_stays_within_the_lanes_that_are_held(
        self, at_work: Projecting, effects: PostgresEffects
    ) -> None:
        accounts = [failed(at_work, number) for number in range(1, 21)]
        mine = dict.fromkeys(ALL_LANES[:4], 1)
        follower = EffectFollower(at_work.log, effects, lambda: mine, report=print)
        while follower.step():
            pass
        wanted = {account for account in accounts if lane_of(account) in mine}
        assert {account for account, _, _ in kept(at_work)} == wanted
        assert {due.effect.account_id for due in effects.take(lanes=mine, limit=99)} == wanted

    def test_goes_past_an_event_that_cannot_be_read_and_keeps_it(
        self, at_work: Projecting, effects: PostgresEffects
    ) -> None:
        accounts = [failed(at_work, number) for number in range(1, 5)]
        broken = UUID(int=99)
        position = at_work.append_raw("account.failed", stream_id=broken)
        accounts += [failed(at_work, number) for number in range(100, 105)]
        said: list[str] = []
        follower = EffectFollower(at_work.log, effects, lambda: EVERY, report=said.append)
        while follower.step():
            pass
        assert set(effects.positions().values()) == {at_work.log.head()}
        assert {account for account, action, _ in kept(at_work) if action != READ} == set(accounts)
        (unread,) = [each for each in kept(at_work) if each[1] == READ]
        assert unread == (broken, READ, "pending")
        assert f"at position {position}" in said[0]
        assert "cannot be followed for effects" in said[0]

    def test_keeps_what_an_event_asks_for_once_it_can_be_read(
        self, at_work: Projecting, effects: PostgresEffects
    ) -> None:
        account = failed(at_work)
        seqs = [each.ledger_seq for each in at_work.log.read(after=0, limit=99)]
        unread = Blind(at_work.log)
        follower = EffectFollower(unread, effects, lambda: EVERY, report=print)
        while follower.step():
            pass
        assert {action for _, action, _ in kept(at_work)} == {READ}
        for _ in range(2):  # The second time there is nothing left to do.
            for due in effects.take(lanes=EVERY, limit=9):
                if due.effect.action == READ:
                    assert int(due.effect.payload["ledger_seq"]) in seqs
                    found = effects_at(at_work.log, int(due.effect.payload["ledger_seq"]))
                    effects.read(due, found)
                    effects.read(due, found)
        assert kept(at_work)[-2:] == [
            (account, "flatten", "pending"), (account, "disable", "pending"),
        ]  # fmt: skip
        assert {(action, status) for _, action, status in kept(at_work)} == {
            (READ, "sent"), ("flatten", "pending"), ("disable", "pending"),
        }  # fmt: skip


class TestTaking:
    def test_gives_each_to_one_drainer(self, at_work: Projecting, effects: PostgresEffects) -> None:
        for number in range(1, 11):
            failed(at_work, number)
        follower_of(at_work, effects).step()
        with ThreadPoolExecutor(4) as threads:
            taken = list(threads.map(lambda _: effects.take(lanes=EVERY, limit=5), range(8)))
        ids = [due.effect_id for each in taken for due in each]
        assert sorted(ids) == sorted(set(ids))
        assert len(ids) == 20

    def test_gives_again_what_was_put_off_when_its_time_has_come(
        self, at_work: Projecting, effects: PostgresEffects
    ) -> None:
        failed(at_work)
        follower_of(at_work, effects).step()
        (first, _) = effects.take(lanes=EVERY, limit=5)
        effects.again(first, after=timedelta(hours=1), error="It is down.")
        assert effects.take(lanes=EVERY, limit=5) == []
        effects.again(first, after=timedelta(0), error="It is down.")
        (again,) = effects.take(lanes=EVERY, limit=5)
        assert (again.effect, again.attempt) == (first.effect, 2)

    def test_gives_nothing_under_an_epoch_that_has_passed(
        self, at_work: Projecting, effects: PostgresEffects
    ) -> None:
        failed(at_work)
        follower_of(at_work, effects).step()
        effects.claim(dict.fromkeys(ALL_LANES, 2))
        assert effects.take(lanes=EVERY, limit=5) == []

    def test_hears_of_what_became_only_from_who_took_it_last(
        self, at_work: Projecting, effects: PostgresEffects
    ) -> None:
        failed(at_work)
        follower_of(at_work, effects).step()
        (late, _) = effects.take(lanes=EVERY, limit=5)
        at_work.admin.execute("UPDATE work.effects SET next_attempt_at = '-infinity'")
        (again, _) = effects.take(lanes=EVERY, limit=5)
        effects.failed(late, error="It was long ago.")
        effects.again(late, after=timedelta(hours=1), error="It was long ago.")
        assert {status for _, _, status in kept(at_work)} == {"pending"}
        effects.sent(again)
        assert [status for _, _, status in kept(at_work)] == ["sent", "pending"]

    def test_never_gives_what_was_sent_or_has_failed(
        self, at_work: Projecting, effects: PostgresEffects
    ) -> None:
        failed(at_work)
        follower_of(at_work, effects).step()
        first, second = effects.take(lanes=EVERY, limit=5)
        effects.sent(first)
        effects.failed(second, error="No such account.")
        at_work.admin.execute("UPDATE work.effects SET next_attempt_at = '-infinity'")
        assert effects.take(lanes=EVERY, limit=5) == []


class TestRetrying:
    def test_sends_a_failed_one_anew(self, at_work: Projecting, effects: PostgresEffects) -> None:
        failed(at_work)
        follower_of(at_work, effects).step()
        first, _ = effects.take(lanes=EVERY, limit=5)
        effects.failed(first, error="No such account.")
        assert effects.retry(first.effect_id) == 1
        (again,) = effects.take(lanes=EVERY, limit=5)
        assert (again.effect_id, again.attempt) == (first.effect_id, 1)

    def test_refuses_what_has_not_failed(self, effects: PostgresEffects) -> None:
        with pytest.raises(EffectNotFailed):
            effects.retry(1)


class TestTheRoleOfTheEngine:
    @pytest.mark.parametrize(
        "statement",
        [
            "DELETE FROM work.effects",
            "DELETE FROM work.mark_refusals",
            "UPDATE read.positions SET position = 0",
            "INSERT INTO ledger.head VALUES (true, 7, now())",
            "TRUNCATE work.mark_leases",
        ],
    )
    @pytest.mark.usefixtures("at_work")
    def test_may_do_nothing_else(self, engine: Pool, statement: str) -> None:
        with engine.connection() as session, pytest.raises(InsufficientPrivilege):
            session.execute(statement.encode())
