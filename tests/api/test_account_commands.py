"""What can be told to an account, and what is refused, with the place of the fault."""

from typing import Any

import httpx
import pytest

from tests.api.world import World, trade, usd

CLOSE = {"trading_day": "2026-03-02"}


def fill(fill_id: str = "f-1", **facts: Any) -> dict[str, Any]:
    """A purchase of one contract."""
    return {
        "fill_id": fill_id,
        "symbol": "ESH6",
        "action": "buy",
        "quantity": 1,
        "price": "5000.25",
        "fees": usd("2.25"),
        "executed_at": "2026-03-02T16:00:00Z",
        **facts,
    }


def refusal(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


class TestAnswer:
    def test_tells_the_version_and_the_position(self, world: World) -> None:
        path = world.opened()
        answer = world.post(f"{path}/trades", trade())
        assert answer.status_code == 202
        assert answer.headers["ETag"] == '"2"'
        assert answer.headers["Ledger-Position"].startswith("v1.")
        assert "Idempotent-Replayed" not in answer.headers
        assert answer.json() == {
            "account_id": path.rpartition("/")[2], "version": 2, "recorded": True
        }  # fmt: skip

    def test_has_no_position_when_nothing_changed(self, world: World) -> None:
        path = world.opened()
        world.post(f"{path}/trades", trade())
        again = world.post(f"{path}/trades", trade())
        assert again.status_code == 202
        assert again.json()["recorded"] is False
        assert "Ledger-Position" not in again.headers
        assert again.headers["ETag"] == '"2"'

    def test_remembers_who_asked_and_in_which_request(self, world: World) -> None:
        path = world.opened()
        parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        world.post(f"{path}/trades", trade(), Request_Id="request-9", traceparent=parent)
        world.catch_up()
        entry = world.get(f"{path}/audit?limit=1").json()["data"][0]
        assert entry["actor"] == "admin:alice"
        assert entry["request_id"] == "request-9"
        assert entry["correlation_id"] == "0af7651916cd43dd8448eb211c80319c"


class TestIfMatch:
    def test_lets_the_newest_version_through(self, world: World) -> None:
        path = world.opened()
        assert world.post(f"{path}/trades", trade(), If_Match='"1"').status_code == 202

    def test_refuses_a_stale_version(self, world: World) -> None:
        path = world.opened()
        world.post(f"{path}/trades", trade())
        answer = world.post(f"{path}/trades", trade("t-2"), If_Match='"1"')
        assert refusal(answer) == (412, "stale-version")
        assert (answer.json()["expected"], answer.json()["actual"]) == (1, 2)

    @pytest.mark.parametrize("tag", ["1", '"one"', 'W/"1"', "*", '"-1"', '"12345678901"'])
    def test_refuses_what_is_no_version(self, world: World, tag: str) -> None:
        path = world.opened()
        answer = world.post(f"{path}/trades", trade(), If_Match=tag)
        assert refusal(answer) == (422, "invalid-request")
        (place,) = answer.json()["errors"]
        assert (place["location"], place["pointer"]) == ("header", "/If-Match")


class TestRecordTrade:
    @pytest.mark.parametrize(
        ("change", "code", "pointer"),
        [
            ({"symbol": "XXH6"}, "unknown-contract", "/symbol"),
            ({"entry_price": "5000.10"}, "price-off-tick", "/entry_price"),
            ({"exit_price": "5000.10"}, "price-off-tick", "/exit_price"),
            ({"entry_price": "5e3"}, "invalid-request", "/entry_price"),
            ({"entry_price": 5000.25}, "invalid-request", "/entry_price"),
            ({"fees": usd("-0.01")}, "fees-negative", "/fees/amount"),
            ({"fees": {"amount": 4.5, "currency": "USD"}}, "invalid-request", "/fees/amount"),
            ({"fees": {"amount": "4.50", "currency": "EUR"}}, "invalid-request", "/fees/currency"),
            ({"fees": usd("1e2")}, "invalid-request", "/fees/amount"),
            ({"fees": usd("\u0664.\u0665\u0660")}, "invalid-request", "/fees/amount"),
            ({"fees": usd("0.00001")}, "invalid-request", "/fees/amount"),
            ({"quantity": 0}, "invalid-request", "/quantity"),
            ({"quantity": True}, "invalid-request", "/quantity"),
            ({"quantity": "1"}, "invalid-request", "/quantity"),
            ({"side": "LONG"}, "invalid-request", "/side"),
            ({"trade_id": ""}, "invalid-request", "/trade_id"),
            ({"trade_id": "a\u0000b"}, "invalid-request", "/trade_id"),
            ({"trade_id": "\ud800"}, "invalid-request", "/trade_id"),
            ({"entered_at": "2026-03-02T16:00:00Z"}, "exit-before-entry", "/exited_at"),
            ({"exited_at": "2026-13-02T16:00:00Z"}, "invalid-request", "/exited_at"),
            ({"exited_at": "2026-03-02 16:00:00Z"}, "invalid-request", "/exited_at"),
            ({"note": "hello"}, "invalid-request", "/note"),
        ],
        ids=str,
    )
    def test_names_the_place_of_the_fault(
        self, world: World, change: dict[str, Any], code: str, pointer: str
    ) -> None:
        answer = world.post(f"{world.opened()}/trades", trade(**change))
        assert refusal(answer) == (422, code)
        (place,) = answer.json()["errors"]
        assert (place["location"], place["pointer"]) == ("body", pointer)

    def test_refuses_the_same_identifier_with_other_facts(self, world: World) -> None:
        path = world.opened()
        world.post(f"{path}/trades", trade())
        answer = world.post(f"{path}/trades", trade(exit_price="5004.00"))
        assert refusal(answer) == (409, "already-recorded-differently")

    def test_refuses_a_trade_from_before_the_account(self, world: World) -> None:
        times = {"entered_at": "2026-02-27T15:00:00Z", "exited_at": "2026-02-27T16:00:00Z"}
        answer = world.post(f"{world.opened()}/trades", trade(**times))
        assert refusal(answer) == (409, "before-opening")

    def test_refuses_a_day_outside_the_calendar(self, world: World) -> None:
        times = {"entered_at": "2126-02-27T15:00:00Z", "exited_at": "2126-02-27T16:00:00Z"}
        answer = world.post(f"{world.opened()}/trades", trade(**times))
        assert refusal(answer) == (422, "calendar-not-loaded")

    def test_refuses_an_account_that_is_not_there(self, world: World) -> None:
        path = "/v1/accounts/acc_00000000-0000-0000-0000-00000000dead"
        assert refusal(world.post(f"{path}/trades", trade())) == (404, "not-found")

    def test_refuses_an_account_that_has_ended(self, world: World) -> None:
        path = world.opened()
        world.post(f"{path}/trades", trade(exit_price="4950.00"))
        answer = world.post(f"{path}/trades", trade("t-2"))
        assert refusal(answer) == (409, "account-ended")
        assert answer.json()["rule"] == "max_loss"


class TestOtherCommands:
    def test_fills_open_and_close_positions(self, world: World) -> None:
        path = world.opened()
        assert world.post(f"{path}/fills", fill()).status_code == 202
        world.catch_up()
        held = world.get(path).json()["positions"]
        assert held == [{"series": "ESH6", "root": "ES", "quantity": 1}]
        closing = fill("f-2", action="sell", price="5010.25")
        assert world.post(f"{path}/fills", closing).status_code == 202
        world.catch_up()
        account = world.get(path).json()
        assert account["positions"] == []
        assert account["balance"] == usd("50495.5000")

    def test_a_fill_off_its_tick_is_refused_at_its_price(self, world: World) -> None:
        answer = world.post(f"{world.opened()}/fills", fill(price="5000.30"))
        assert refusal(answer) == (422, "price-off-tick")
        assert answer.json()["errors"][0]["pointer"] == "/price"
        assert (answer.json()["below"], answer.json()["above"]) == ("5000.25", "5000.5")

    def test_a_mark_is_recorded_only_at_an_extreme(self, world: World) -> None:
        path = world.opened()
        world.post(f"{path}/fills", fill())
        mark = {"open_pnl": usd("-500.00"), "marked_at": "2026-03-02T16:05:00Z"}
        assert world.post(f"{path}/equity-marks", mark).json()["recorded"] is True
        inside = {"open_pnl": usd("-100.00"), "marked_at": "2026-03-02T16:06:00Z"}
        answer = world.post(f"{path}/equity-marks", inside)
        assert (answer.status_code, answer.json()["recorded"]) == (202, False)

    def test_a_day_closes_once_its_session_is_over(self, world: World) -> None:
        path = world.opened()
        world.post(f"{path}/trades", trade())
        assert refusal(world.post(f"{path}/closes", CLOSE)) == (409, "day-not-over")
        world.now = world.now.replace(hour=23)
        assert world.post(f"{path}/closes", CLOSE).json()["recorded"] is True
        assert world.post(f"{path}/closes", CLOSE).json()["recorded"] is False
        late = world.post(f"{path}/trades", trade("t-2"))
        assert (late.status_code, late.json()["recorded"]) == (202, True)

    def test_a_weekend_is_no_day_to_close(self, world: World) -> None:
        answer = world.post(f"{world.opened()}/closes", {"trading_day": "2026-02-28"})
        assert refusal(answer) == (422, "not-a-trading-day")

    def test_what_was_taken_back_leaves_the_balance(self, world: World) -> None:
        path = world.opened()
        world.post(f"{path}/trades", trade())
        void = {"execution_id": "t-1", "reason": "Busted by the platform"}
        assert world.post(f"{path}/voids", void).json()["recorded"] is True
        world.catch_up()
        assert world.get(path).json()["balance"] == usd("50000.0000")
        (booked,) = world.get(f"{path}/trades").json()["data"]
        assert booked["void_reason"] == "Busted by the platform"
        assert world.get(f"{path}/audit?limit=1").json()["data"][0]["reason"] == void["reason"]

    def test_what_was_never_booked_cannot_be_taken_back(self, world: World) -> None:
        void = {"execution_id": "t-9", "reason": "Never there"}
        answer = world.post(f"{world.opened()}/voids", void)
        assert refusal(answer) == (409, "nothing-to-void")
