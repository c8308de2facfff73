"""One instance of the engine on real servers: what it records, and what it refuses."""

from decimal import Decimal
from uuid import UUID

import msgspec
import pytest

from application.marks.errors import MarksUnavailable
from application.marks.mark import micros
from tests.integration.marks.engines import World
from tests.support.builders import filling, marking

STRANGER = UUID(int=99)


class TestAMark:
    def test_that_crosses_the_floor_ends_the_account_once(self, here: World) -> None:
        account = here.opened()
        here.at_work.catch_up()
        here.tell((account, "-100.00", 3), (account, "-2000.00", 2), (account, "-2100.00", 1))
        here.begin().drain()
        recorded = ["equity_marked", "equity_marked", "rule_violated", "failed"]
        assert here.topics(account)[2:] == recorded
        assert here.refusals() == {"ended": 1}
        assert here.pending() == 0

    def test_that_says_nothing_new_costs_no_command(self, here: World) -> None:
        account = here.opened()
        here.at_work.catch_up()
        here.tell((account, "-100.00", 3), (account, "100.00", 2))
        instance = here.begin()
        instance.drain()
        told = instance.engine.counts.told
        here.clock.pass_(1)
        here.tell(*[(account, f"{pnl}.00", 0.9 - pnl / 1_000) for pnl in range(-99, 100, 10)])
        instance.drain()
        assert instance.engine.counts.told == told
        assert here.topics(account).count("equity_marked") == 2

    def test_of_an_account_that_no_read_model_shows_yet_is_judged(self, here: World) -> None:
        account = here.opened()
        here.tell((account, "-2000.00", 1))
        here.begin().drain()
        assert here.topics(account)[-1] == "failed"

    def test_is_judged_again_when_an_execution_moved_the_levels(self, here: World) -> None:
        account = here.opened()
        here.at_work.catch_up()
        instance = here.begin()
        here.tell((account, "-1500.00", 1))
        instance.drain()
        sold = {"quantity": 1, "symbol": "MNQH6", "clock": "10:30"}
        here.asked(account, filling("f-2", "sell", price="20000.00", **sold))
        here.asked(account, filling("f-3", "buy", price="20300.00", **sold))
        here.at_work.catch_up()
        instance.drain()
        assert here.topics(account)[-1] == "failed"

    def test_from_before_an_execution_is_not_judged_by_what_came_after(self, here: World) -> None:
        account = here.opened()
        here.at_work.catch_up()
        instance = here.begin()
        here.asked(account, filling("f-2", "sell", price="4900.00", clock="11:00"))
        here.tell((account, "-1990.00", 1))
        instance.drain()
        assert here.refusals() == {"superseded": 1}
        assert "equity_marked" not in here.topics(account)


class TestARefusedMark:
    def test_is_counted_by_its_reason(self, here: World) -> None:
        account, over = here.opened(1), here.opened(2)
        here.asked(over, marking("-2000.00", clock="10:30"))
        here.at_work.catch_up()
        instance = here.begin()
        here.tell(
            (account, "-1.00", 31), (account, "-1.00", -6), (account, "-1.00", 2),
            (account, "30000.00", 1), (over, "-1.00", 1), (STRANGER, "-1.00", 1),
        )  # fmt: skip
        instance.drain()
        here.tell((account, "-2.00", 3))
        instance.drain()
        assert here.refusals() == {
            "stale": 1, "future": 1, "impossible_jump": 1, "ended": 1, "unknown_account": 1,
            "out_of_order": 1,
        }  # fmt: skip

    def test_that_cannot_be_read_leaves_its_neighbours_alone(self, here: World) -> None:
        account = here.opened()
        here.at_work.catch_up()
        crossing = (account.bytes, micros(here.clock()), -20_000_000)
        batch = [(b"short", 1, 2), crossing, (account.bytes, "now", 3)]
        here.send_raw(account, {"m": msgspec.msgpack.encode(batch)})
        here.send_raw(account, {"m": b"\xff"})
        here.send_raw(account, {"other": b"1"})
        here.begin().drain()
        assert here.topics(account)[-1] == "failed"
        assert here.refusals() == {"malformed": 4}
        assert here.pending() == 0

    def test_is_not_stale_because_it_waited_for_an_engine(self, here: World) -> None:
        account = here.opened()
        here.at_work.catch_up()
        here.tell((account, "-2000.00", 1))
        here.clock.pass_(3_000)
        here.begin().drain()
        assert here.topics(account)[-1] == "failed"

    def test_that_jumps_is_believed_when_others_confirm_it(self, here: World) -> None:
        account = here.opened()
        here.at_work.catch_up()
        here.tell(*[(account, "-40000.00", ago) for ago in (4, 3, 2)])
        here.begin().drain()
        assert here.refusals() == {"impossible_jump": 2}
        assert here.topics(account)[-1] == "failed"


class TestTheStream:
    def test_keeps_what_was_not_acknowledged_when_it_is_trimmed(self, here: World) -> None:
        account = here.opened()
        here.at_work.catch_up()
        instance = here.begin()
        here.tell((account, "-1.00", 1))
        instance.drain()
        here.clock.pass_(300)
        here.tell((account, "-2.00", 0))
        stream = instance.engine._stream
        partition = instance.engine._roster.partition_of(account.bytes)
        (entry,) = stream.read([partition], wait_ms=1)
        here.clock.pass_(300)
        stream.trim(partition)
        assert [each.id for each in stream.claim(partition)] == [entry.id]

    @pytest.mark.parametrize("pnl", ["-1500.00", "-2500.00"])
    def test_lost_by_redis_is_made_anew(self, here: World, pnl: str) -> None:
        account = here.opened()
        here.at_work.catch_up()
        instance = here.begin()
        instance.drain()
        here.client.flushall()
        here.tell((account, pnl, 1))
        with pytest.raises(MarksUnavailable, match="NOGROUP"):
            instance.drain()
        instance.drain()
        assert "equity_marked" in here.topics(account)
        assert ("failed" in here.topics(account)) == (Decimal(pnl) <= -2000)
