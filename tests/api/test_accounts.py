"""One account and the list of them: now, and at any moment before."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from domain.market.calendar import session_open
from tests.api.test_account_commands import fill
from tests.api.world import OTHER, PACK, TRADER, World, trade, usd

VOID = {"execution_id": "t-1", "reason": "Busted", "voided_at": "2026-03-02T17:00:00Z"}


def eventful(world: World) -> str:
    """An account with a trade, a fill, a mark, a locked day and an open position after it."""
    path = world.opened()
    world.post(f"{path}/trades", trade())
    world.post(f"{path}/fills", fill(symbol="MESH6", price="5000.25"))
    mark = {"open_pnl": usd("-25.00"), "marked_at": "2026-03-02T16:05:00Z"}
    world.post(f"{path}/equity-marks", mark)
    lost = trade("t-2", exit_price="4974.00", exited_at="2026-03-02T17:30:00Z")
    world.post(f"{path}/trades", lost)
    return path


def at_head(world: World, path: str) -> dict[str, Any]:
    """The account as it is, out of the read models."""
    world.catch_up()
    answer = world.get(path)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def of_the_log(account: dict[str, Any]) -> dict[str, Any]:
    """The account without what only the feed of marks says."""
    return {**account, "marks": None}


NOTE_MARKS = """
INSERT INTO work.mark_states (account_id, partition, last_mark_at, unknown_since)
VALUES (%s, 3, '2026-03-02T17:00Z', %s)
"""
LEASE = """
INSERT INTO work.mark_leases (partition, owner, expires_at) VALUES (3, 'engine', %s)
ON CONFLICT (partition) DO UPDATE SET expires_at = excluded.expires_at
"""


class TestMarks:
    @pytest.mark.parametrize(
        ("unknown_since", "lease", "state", "since"),
        [
            (None, "infinity", "known", "2026-03-02T17:00:00Z"),
            (None, "-infinity", "unknown", "2026-03-02T17:00:00Z"),
            ("2026-03-02T17:30Z", "infinity", "unknown", "2026-03-02T17:30:00Z"),
        ],
    )
    def test_are_known_only_while_somebody_watches(
        self, world: World, unknown_since: str | None, lease: str, state: str, since: str
    ) -> None:
        path = eventful(world)
        account = UUID(path.rpartition("acc_")[2])
        with world.runtime.engine.connection() as session:
            session.execute(NOTE_MARKS, (account, unknown_since))
            session.execute(LEASE, (lease,))
        assert at_head(world, path)["marks"] == {"state": state, "since": since}

    def test_of_an_open_position_nobody_spoke_of_are_unknown(self, world: World) -> None:
        assert at_head(world, eventful(world))["marks"] == {"state": "unknown", "since": None}

    def test_of_a_flat_account_are_not_needed(self, world: World) -> None:
        assert at_head(world, world.opened())["marks"] == {"state": "flat", "since": None}


class TestGetAccount:
    def test_shows_every_figure(self, world: World) -> None:
        path = world.opened()
        world.post(f"{path}/trades", trade())
        account = at_head(world, path)
        assert account["balance"] == account["equity"] == usd("50245.5000")
        assert account["net_profit"] == account["day_net"] == usd("245.5000")
        assert account["max_loss"] == {"floor": usd("48000.0000"), "left": usd("2245.5000")}
        assert account["daily_loss"] == {"floor": usd("49000.0000"), "left": usd("1245.5000")}
        assert account["target"] == {"required": usd("3000.0000"), "reached": False}
        assert account["trading_day"] == "2026-03-02"
        assert (account["trading_days"], account["trading_days_left"]) == (1, 1)
        assert account["pack"]["max_loss"]["amount"] == "2000.00"

    def test_has_the_version_as_its_tag(self, world: World) -> None:
        path = world.opened()
        world.post(f"{path}/trades", trade())
        world.catch_up()
        tag = world.get(path).headers["ETag"]
        assert tag == '"2"'
        assert world.post(f"{path}/trades", trade("t-2"), If_Match=tag).status_code == 202

    def test_leaves_out_what_the_plan_does_not_have(self, world: World) -> None:
        path = world.opened(pack={"starting_balance": "100.00"})
        account = at_head(world, path)
        for rule in ("max_loss", "daily_loss", "target", "consistency"):
            assert account[rule] is None

    def test_says_how_long_a_day_is_locked(self, world: World) -> None:
        account = at_head(world, eventful(world))
        assert account["status"] == "locked"
        until = session_open(datetime(2026, 3, 3, tzinfo=UTC).date())
        assert account["locked_until"] == until.isoformat().replace("+00:00", "Z")
        assert account["positions"] == [{"series": "MESH6", "root": "MES", "quantity": 1}]

    @pytest.mark.parametrize(
        "identifier", ["1", "acc_1", str(TRADER), f"acc_{UUID(int=11)}x", f"ACC_{TRADER}", "acc_"]
    )
    def test_refuses_what_is_no_identifier(self, world: World, identifier: str) -> None:
        answer = world.get(f"/v1/accounts/{identifier}")
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid-request")
        assert answer.json()["errors"][0]["pointer"] == "/account_id"


class TestThePast:
    def test_replayed_to_the_head_it_is_what_the_read_models_say(self, world: World) -> None:
        path = eventful(world)
        now = at_head(world, path)
        head = world.runtime.log.head()
        assert world.get(f"{path}?at_seq={head}").json() == of_the_log(now)
        assert world.get(f"{path}?as_of=2026-03-31T00:00:00Z").json() == of_the_log(now)

    def test_agrees_at_every_version_it_ever_had(self, world: World) -> None:
        path = world.opened()
        steps = (
            ("trades", trade()),
            ("fills", fill()),
            ("fills", fill("f-2", action="sell", price="4991.00")),
            ("voids", VOID),
            ("closes", {"trading_day": "2026-03-02"}),
        )
        world.now = world.now.replace(hour=23)
        for name, body in steps:
            assert world.post(f"{path}/{name}", body).status_code == 202
            now = at_head(world, path)
            head = world.runtime.log.head()
            assert world.get(f"{path}?at_seq={head}").json() == of_the_log(now)
        assert now["version"] > len(steps)

    def test_shows_the_world_as_of_a_moment(self, world: World) -> None:
        path = eventful(world)
        account = world.get(f"{path}?as_of=2026-03-02T15:45:00Z").json()
        assert (account["version"], account["balance"]) == (2, usd("50245.5000"))
        assert account["status"] == "active"

    def test_shows_what_was_known_at_a_position(self, world: World) -> None:
        path = world.opened()
        seq = world.runtime.log.head()
        world.post(f"{path}/trades", trade())
        answer = world.get(f"{path}?at_seq={seq}")
        assert (answer.json()["version"], answer.headers["ETag"]) == (1, '"1"')

    def test_has_nothing_from_before_the_account(self, world: World) -> None:
        path = world.opened()
        for moment in ("as_of=2026-03-02T11:59:59Z", "at_seq=1&as_of=2020-01-01T00:00:00Z"):
            answer = world.get(f"{path}?{moment}")
            assert (answer.status_code, answer.json()["code"]) == (404, "not-found")

    def test_is_another_traders_no_more_than_the_present(self, world: World) -> None:
        path = world.opened(OTHER)
        assert world.get(f"{path}?as_of=2026-03-31T00:00:00Z", "trader", OTHER).status_code == 200
        for moment in ("as_of=2026-03-31T00:00:00Z", f"at_seq={2**62}"):
            answer = world.get(f"{path}?{moment}", "trader", TRADER)
            assert (answer.status_code, answer.json()["code"]) == (404, "not-found")

    @pytest.mark.parametrize(
        "query",
        ["as_of=yesterday", "as_of=2026-03-02", "as_of=1772452800", "at_seq=0", "at_seq=x",
         f"at_seq={2**63}"],
    )  # fmt: skip
    def test_refuses_what_is_no_moment(self, world: World, query: str) -> None:
        answer = world.get(f"{world.opened()}?{query}")
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid-request")


class TestListAccounts:
    def test_shows_a_trader_its_own_and_no_other(self, world: World) -> None:
        one, other = uuid4(), uuid4()
        own = {world.opened(one), world.opened(one)}
        world.opened(other)
        world.catch_up()
        shown = world.get("/v1/accounts", "trader", one).json()["data"]
        assert {f"/v1/accounts/{each['id']}" for each in shown} == own
        foreign = world.get(f"/v1/accounts?trader=trader_{other}", "trader", one)
        assert foreign.json() == {"data": [], "next_cursor": None}

    def test_shows_a_trader_of_two_names_both(self, world: World) -> None:
        one, other = uuid4(), uuid4()
        paths = {world.opened(one), world.opened(other)}
        world.catch_up()
        shown = world.get("/v1/accounts", "trader", one, other).json()["data"]
        assert {f"/v1/accounts/{each['id']}" for each in shown} == paths

    def test_filters_by_status_and_plan(self, world: World) -> None:
        trader = uuid4()
        failed = world.opened(trader, plan="Rare plan")
        world.opened(trader, plan="Rare plan")
        world.opened(trader)
        world.post(f"{failed}/trades", trade(exit_price="4950.00"))
        world.catch_up()
        query = f"/v1/accounts?trader=trader_{trader}&plan=Rare%20plan"
        assert len(world.get(query).json()["data"]) == 2
        (found,) = world.get(f"{query}&status=failed").json()["data"]
        assert f"/v1/accounts/{found['id']}" == failed
        assert (found["ended_by"], found["status"]) == ("max_loss", "failed")
        assert PACK["starting_balance"] == "50000.00"
        assert found["net_profit"] == usd("-2504.5000")
