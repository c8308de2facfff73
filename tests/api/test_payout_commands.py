"""Payouts over the API: who may ask and decide, what is refused, and what a retry does."""

from typing import Any

import pytest

from interfaces.http.permissions import Role
from tests.api.funded import GROUNDS, approve, ask, funded, pay, post_as, refusal
from tests.api.world import OTHER, TRADER, World, trade, usd


class TestRequest:
    def test_is_made_by_the_trader_of_the_account(self, world: World) -> None:
        path = funded(world)
        answer = post_as(world, f"{path}/payouts", {"amount": usd("500.00")}, "trader", TRADER)
        assert answer.status_code == 201
        payout = answer.json()["payout_id"]
        assert answer.headers["Location"] == f"{path}/payouts/{payout}"
        assert answer.headers["ETag"] == '"4"'
        assert answer.json()["recorded"] is True

    def test_of_another_traders_account_finds_nothing(self, world: World) -> None:
        path = funded(world, trader=OTHER)
        for more in ({}, {"If_Match": '"1"'}):
            answer = post_as(
                world, f"{path}/payouts", {"amount": usd("1.00")}, "trader", TRADER, **more
            )
            assert refusal(answer) == (404, "not-found")
            assert "actual" not in answer.json()

    @pytest.mark.parametrize("role", ["support", "compliance"])
    def test_is_not_made_by_whoever_only_looks(self, world: World, role: Role) -> None:
        answer = post_as(world, f"{funded(world)}/payouts", {"amount": usd("1.00")}, role)
        assert refusal(answer) == (403, "not-permitted")

    def test_that_the_rules_forbid_is_refused_with_every_rule(self, world: World) -> None:
        path = funded(world)
        answer = ask(world, path, "995.51")
        assert refusal(answer) == (409, "payout-refused")
        problem = answer.json()
        assert (problem["reasons"], problem["maximum"]) == (["above_maximum"], "995.50")
        assert problem["rules"][-1] == {
            "rule": "above_maximum", "current": "995.51", "required": "995.50", "unit": "USD",
            "met": False,
            "next_step": "Ask for 995.50 at most, which is the profit over the start",
        }  # fmt: skip
        asked = world.get(f"{path}/payouts/eligibility?amount=995.51").json()
        assert [each["rule"] for each in asked["rules"]] == [
            each["rule"] for each in problem["rules"]
        ]

    def test_again_with_its_key_is_answered_the_same(self, world: World) -> None:
        body = {"amount": usd("500.00")}
        path = f"{funded(world)}/payouts"
        first = post_as(world, path, body, "trader", TRADER, key="one")
        again = post_as(world, path, body, "trader", TRADER, OTHER, key="one")
        assert again.json() == first.json()
        assert again.headers["Location"] == first.headers["Location"]
        assert again.headers["Idempotent-Replayed"] == "true"

    def test_again_under_a_new_key_changes_nothing(self, world: World) -> None:
        path = funded(world)
        assert ask(world, path).json()["recorded"] is True
        assert ask(world, path).json()["recorded"] is False
        assert refusal(ask(world, path, "400.00")) == (409, "already-recorded-differently")

    @pytest.mark.parametrize("payout_id", ["eligibility", "a/b", "", "-x", "x" * 65])
    def test_is_not_called_by_every_name(self, world: World, payout_id: str) -> None:
        answer = ask(world, funded(world), payout_id=payout_id)
        assert refusal(answer) == (422, "invalid-request")


class TestApproval:
    def test_needs_the_version_that_was_seen(self, world: World) -> None:
        path = funded(world)
        ask(world, path)
        answer = world.post(f"{path}/payouts/p-1/approvals", {})
        assert refusal(answer) == (428, "version-required")
        stale = world.post(f"{path}/payouts/p-1/approvals", {}, If_Match='"3"')
        assert refusal(stale) == (412, "stale-version")
        assert approve(world, path).json()["recorded"] is True

    def test_remembers_who_approved(self, world: World) -> None:
        path = funded(world)
        ask(world, path)
        approve(world, path)
        world.catch_up()
        decisions = world.get(f"{path}/payouts/p-1").json()["decisions"]
        assert [(each["decision"], each["decided_by"]) for each in decisions] == [
            ("requested", "admin:alice"), ("approved", "admin:alice"),
        ]  # fmt: skip

    def test_needs_no_body(self, world: World) -> None:
        path = funded(world)
        ask(world, path)
        answer = post_as(world, f"{path}/payouts/p-1/approvals", None, "admin", If_Match='"4"')
        assert answer.status_code == 202

    def test_of_what_was_lost_since_is_refused_with_its_table(self, world: World) -> None:
        path = funded(world)
        ask(world, path, "900.00")
        lost = trade("t-2", exit_price="4990.00", entered_at="2026-03-03T15:00:00Z")
        world.post(f"{path}/trades", {**lost, "exited_at": "2026-03-03T15:30:00Z"})
        answer = approve(world, path)
        assert refusal(answer) == (409, "payout-refused")
        (row,) = [each for each in answer.json()["rules"] if not each["met"]]
        assert (row["current"], row["required"]) == ("900.00", "491.00")
        assert row["next_step"].startswith("Reject it, or wait for 409.00 more")


class TestRejection:
    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ({"reasons": []}, "rejection-without-reason"),
            ({"reasons": ["because"]}, "rejection-without-reason"),
            ({"explanation": " "}, "invalid-request"),
            ({"evidence": []}, "rejection-without-evidence"),
            ({"evidence": [5]}, "rejection-without-evidence"),
            ({"evidence": [0, 1]}, "rejection-without-evidence"),
        ],
    )
    def test_without_grounds_is_refused(
        self, world: World, change: dict[str, Any], code: str
    ) -> None:
        path = funded(world)
        ask(world, path)
        answer = world.post(f"{path}/payouts/p-1/rejections", {**GROUNDS, **change})
        assert refusal(answer) == (422, code)

    def test_frees_the_profit_and_the_month(self, world: World) -> None:
        path = funded(world)
        for number in range(4):
            payout = f"p-{number}"
            assert ask(world, path, "995.50", payout_id=payout).status_code == 201
            done = world.post(f"{path}/payouts/{payout}/rejections", GROUNDS)
            assert done.json()["recorded"] is True

    def test_stands_in_the_audit_trail_with_its_sentence(self, world: World) -> None:
        path = funded(world)
        ask(world, path)
        world.post(f"{path}/payouts/p-1/rejections", GROUNDS)
        world.catch_up()
        (entry,) = world.get(f"{path}/audit?limit=1", "trader").json()["data"]
        assert entry["summary"] == (
            "The payout p-1 of $500.00 was rejected (data_in_doubt): The prices of that day are in"
            " doubt."
        )
        assert entry["reason"] == GROUNDS["explanation"]


class TestCancellation:
    def test_is_the_traders_until_it_is_decided(self, world: World) -> None:
        path = funded(world)
        ask(world, path)
        cancel = f"{path}/payouts/p-1/cancellations"
        assert refusal(post_as(world, cancel, {}, "trader", OTHER)) == (404, "not-found")
        assert post_as(world, cancel, {}, "trader", TRADER).json()["recorded"] is True
        assert post_as(world, cancel, {}, "trader", TRADER).json()["recorded"] is False

    def test_of_what_is_approved_is_refused(self, world: World) -> None:
        path = funded(world)
        ask(world, path)
        approve(world, path)
        answer = post_as(world, f"{path}/payouts/p-1/cancellations", {}, "trader", TRADER)
        assert refusal(answer) == (409, "payout-status-forbids")
        assert (answer.json()["payout_status"], answer.json()["status"]) == ("approved", 409)


class TestPayment:
    def test_takes_an_approved_payout_out_of_the_account_once(self, world: World) -> None:
        path = funded(world)
        ask(world, path)
        assert refusal(pay(world, path)) == (409, "payout-status-forbids")
        approve(world, path)
        assert pay(world, path).json()["recorded"] is True
        assert pay(world, path).json()["recorded"] is False
        other = pay(world, path, reference="another")
        assert refusal(other) == (409, "already-recorded-differently")
        world.catch_up()
        assert world.get(path).json()["balance"] == usd("50495.5000")

    def test_of_what_was_never_asked_for_is_unknown(self, world: World) -> None:
        assert refusal(pay(world, funded(world), "p-9")) == (404, "payout-unknown")


@pytest.mark.parametrize("way", ["approvals", "rejections", "payments"])
def test_a_trader_decides_nothing(world: World, way: str) -> None:
    path = funded(world)
    ask(world, path)
    answer = post_as(world, f"{path}/payouts/p-1/{way}", {}, "trader", TRADER)
    assert refusal(answer) == (403, "not-permitted")
