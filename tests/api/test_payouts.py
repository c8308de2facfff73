"""Payouts as they are read: lists, one with its decisions, and what could be asked for."""

import pytest

from tests.api.funded import GROUNDS, approve, ask, funded, pay, post_as, refusal
from tests.api.world import OTHER, TRADER, World, usd


def paid(world: World) -> str:
    """The path of an account whose payout was paid."""
    path = funded(world)
    ask(world, path)
    approve(world, path)
    assert pay(world, path, reference="wire 17").status_code == 202
    world.catch_up()
    return path


class TestOne:
    def test_tells_the_money_to_the_unit(self, world: World) -> None:
        shown = world.get(f"{paid(world)}/payouts/p-1", "trader").json()
        assert (shown["amount"], shown["trader_share"], shown["firm_share"]) == (
            usd("500.0000"), usd("450.0000"), usd("50.0000"),
        )  # fmt: skip
        assert (shown["status"], shown["reference"]) == ("paid", "wire 17")
        assert (shown["maximum"], shown["process_on"]) == (usd("995.5000"), "2026-03-03")

    def test_holds_every_decision_with_its_table(self, world: World) -> None:
        shown = world.get(f"{paid(world)}/payouts/p-1").json()
        requested, approved, payment = shown["decisions"]
        assert [each["version"] for each in shown["decisions"]] == [4, 5, 6]
        assert requested["rules"][5] == {
            "rule": "winning_days", "comparison": "at_least", "current": "1", "required": "1",
            "unit": "days", "met": True,
        }  # fmt: skip
        assert [each["rule"] for each in approved["rules"]] == ["not_active", "above_maximum"]
        assert (requested["evidence"], approved["evidence"]) == ([3], [4])
        assert (payment["rules"], payment["evidence"]) == (None, [])

    def test_tells_a_trader_the_role_of_who_decided_and_no_name(self, world: World) -> None:
        path = paid(world)
        staff = world.get(f"{path}/payouts/p-1").json()["decisions"]
        trader = world.get(f"{path}/payouts/p-1", "trader").json()["decisions"]
        assert {each["decided_by"] for each in staff} == {"admin:alice"}
        assert {each["decided_by"] for each in trader} == {"admin"}

    def test_of_a_rejection_has_its_grounds(self, world: World) -> None:
        path = funded(world)
        ask(world, path)
        world.post(f"{path}/payouts/p-1/rejections", GROUNDS)
        world.catch_up()
        shown = world.get(f"{path}/payouts/p-1", "trader").json()
        assert (shown["reasons"], shown["explanation"]) == (
            ["data_in_doubt"], GROUNDS["explanation"],
        )  # fmt: skip
        assert shown["decisions"][-1]["evidence"] == [2]

    def test_has_the_version_that_an_approval_needs(self, world: World) -> None:
        path = funded(world)
        ask(world, path)
        world.catch_up()
        assert world.get(f"{path}/payouts/p-1").headers["ETag"] == '"4"'

    def test_that_is_not_there_is_unknown(self, world: World) -> None:
        path = funded(world)
        world.catch_up()
        assert refusal(world.get(f"{path}/payouts/p-9")) == (404, "payout-unknown")


class TestLists:
    def test_show_the_newest_first_in_pages(self, world: World) -> None:
        path = funded(world)
        for number in range(3):
            ask(world, path, payout_id=f"p-{number}")
            post_as(world, f"{path}/payouts/p-{number}/cancellations", {}, "trader", TRADER)
        world.catch_up()
        first = world.get(f"{path}/payouts?limit=2", "trader").json()
        rest = world.get(f"{path}/payouts?cursor={first['next_cursor']}", "trader").json()
        shown = [each["id"] for each in [*first["data"], *rest["data"]]]
        assert shown == ["p-2", "p-1", "p-0"]
        assert rest["next_cursor"] is None

    def test_filter_by_status_account_and_trader(self, world: World) -> None:
        mine, theirs = funded(world), funded(world, trader=OTHER)
        for path in (mine, theirs):
            ask(world, path)
        approve(world, theirs)
        world.catch_up()
        account = mine.rpartition("/")[2]
        found = world.get(f"/v1/payouts?account={account}&status=requested").json()["data"]
        assert [each["account_id"] for each in found] == [account]
        assert world.get(f"/v1/payouts?account={account}&status=approved").json()["data"] == []
        others = world.get(f"/v1/payouts?trader=trader_{OTHER}&status=approved").json()["data"]
        assert theirs.rpartition("/")[2] in {each["account_id"] for each in others}
        requested = world.get(f"{mine}/payouts?status=requested").json()["data"]
        assert [each["status"] for each in requested] == ["requested"]

    def test_show_a_trader_its_own_alone(self, world: World) -> None:
        theirs = funded(world, trader=OTHER)
        ask(world, theirs)
        world.catch_up()
        account = theirs.rpartition("/")[2]
        shown = world.get("/v1/payouts?limit=200", "trader", TRADER).json()["data"]
        assert account not in {each["account_id"] for each in shown}
        asked = world.get(f"/v1/payouts?account={account}", "trader", TRADER)
        assert asked.json()["data"] == []

    def test_know_no_other_status(self, world: World) -> None:
        assert refusal(world.get("/v1/payouts?status=held")) == (422, "invalid-request")


class TestEligibility:
    def test_shows_every_rule_and_the_next_step(self, world: World) -> None:
        path = funded(world, closed=False)
        shown = world.get(f"{path}/payouts/eligibility?amount=500.00", "trader").json()
        assert (shown["allowed"], shown["reasons"]) == (False, ["winning_days"])
        assert (shown["maximum"], shown["trader_share"]) == (usd("0.0000"), usd("0.0000"))
        (row,) = [each for each in shown["rules"] if each["rule"] == "winning_days"]
        assert row == {
            "rule": "winning_days", "comparison": "at_least", "current": "0", "required": "1",
            "unit": "days", "met": False,
            "next_step": "1 more winning day of at least 150.00",
        }  # fmt: skip

    def test_without_an_amount_is_about_the_most(self, world: World) -> None:
        shown = world.get(f"{funded(world)}/payouts/eligibility", "trader").json()
        assert (shown["allowed"], shown["maximum"]) == (True, usd("995.5000"))
        assert shown["trader_share"] == usd("895.9500")
        assert all(each["next_step"] is None for each in shown["rules"])

    def test_is_as_new_as_the_log_and_changes_nothing(self, world: World) -> None:
        path = funded(world)
        before = world.get(f"{path}/payouts/eligibility")
        ask(world, path)
        after = world.get(f"{path}/payouts/eligibility")
        assert (before.headers["ETag"], after.headers["ETag"]) == ('"3"', '"4"')
        assert after.json()["reasons"] == ["payout_pending"]
        assert world.get(f"{path}/payouts/eligibility").headers["ETag"] == '"4"'

    @pytest.mark.parametrize("amount", ["-1", "1e3", "0.00001", "", "x"])
    def test_of_what_is_no_amount_is_refused(self, world: World, amount: str) -> None:
        answer = world.get(f"{funded(world)}/payouts/eligibility?amount={amount}")
        assert refusal(answer) == (422, "invalid-request")
