"""Publishing versions of packs, and reading them."""

from threading import Event
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from application.plans.catalogue import program
from domain.documents import Place
from domain.rules.canonical import document_of, hash_of
from domain.rules.reading import read_pack
from interfaces.whatif.working import work_on
from tests.api.world import TRADER, World

PLAN = "/v1/packs/advanced-50k"


def document(name: str, phase: str, **rules: Any) -> dict[str, Any]:
    """A shipped pack with other rules, as JSON."""
    return {**document_of(program(name).pack(phase)), **rules}


def run_between(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    hashes = [hash_of(read_pack(Place(each))) for each in (old, new)]
    return {
        "old_pack_hash": hashes[0], "new_pack_hash": hashes[1], "accounts": 3, "events": 90,
        "flips": [{"account_id": "a-1", "before": "failed", "after": "active"}],
    }  # fmt: skip


def put_on_sale(world: World, path: str, pack: dict[str, Any], **facts: Any) -> httpx.Response:
    headers = facts.pop("headers", {})
    return world.post(f"{path}/versions", {"pack": pack, "reason": "As sold", **facts}, **headers)


class TestPublishPack:
    def test_answers_which_version_is_on_sale(self, world: World) -> None:
        path, pack = f"{PLAN}/evaluation", document("advanced-50k", "evaluation")
        softer = {**pack, "profit_target": "2500.00"}
        first = put_on_sale(world, path, pack)
        assert first.status_code == 201, first.text
        assert first.json() == {
            "program": "advanced-50k", "phase": "evaluation", "number": 1, "recorded": True,
        }  # fmt: skip
        second = put_on_sale(
            world, path, softer, impact=run_between(pack, softer), headers={"If_Match": '"1"'}
        )
        assert (second.status_code, second.headers["ETag"]) == (201, '"2"')
        assert second.headers["Location"] == f"{path}/versions/2"
        again = put_on_sale(world, path, softer, impact=run_between(pack, softer))
        assert (again.json()["number"], again.json()["recorded"]) == (2, False)

    def test_takes_a_what_if_run_as_it_is_answered(self, world: World) -> None:
        path, pack = "/v1/packs/advanced-150k/evaluation", document("advanced-150k", "evaluation")
        softer, plan = {**pack, "profit_target": "2222.00"}, str(uuid4())
        put_on_sale(world, path, pack)
        world.opened(plan=plan, pack=pack)
        asked = world.post("/v1/whatif-runs", {"pack": softer, "plan": plan, "alike": True})
        early = put_on_sale(world, path, softer, impact=asked.json())
        assert (early.status_code, early.json()["code"]) == (422, "unreadable-document")
        work_on(UUID(asked.json()["id"]), world.runtime, Event())
        run = world.get(asked.headers["Location"]).json()
        second = put_on_sale(world, path, softer, impact=run)
        assert second.status_code == 201, second.text
        world.catch_up()
        assert world.get(path).json()["impact"] == run["summary"]

    def test_refuses_a_run_about_one_account(self, world: World) -> None:
        path, pack = "/v1/packs/advanced-150k/funded", document("advanced-150k", "funded")
        softer = {**pack, "name": "softer", "max_loss": {"mode": "static", "amount": "9000.00"}}
        put_on_sale(world, path, pack)
        account = world.opened(pack=pack).rpartition("/")[2]
        asked = world.post("/v1/whatif-runs", {"pack": softer, "account": account})
        work_on(UUID(asked.json()["id"]), world.runtime, Event())
        summary = world.get(asked.headers["Location"]).json()["summary"]
        answer = put_on_sale(world, path, softer, impact=summary)
        assert (answer.status_code, answer.json()["code"]) == (409, "impact-not-of-the-book")

    def test_answers_a_retry_as_the_first_time(self, world: World) -> None:
        body = {"pack": document("advanced-25k", "funded"), "reason": "As sold"}
        path = "/v1/packs/advanced-25k/funded/versions"
        first = world.post(path, body, key="publish-once")
        world.now = world.now.replace(hour=21)
        again = world.post(path, body, key="publish-once")
        assert again.json() == first.json()
        assert again.headers["Idempotent-Replayed"] == "true"

    @pytest.mark.parametrize(
        ("rules", "facts", "status", "code"),
        [
            ({"profit_target": "1.00"}, {}, 409, "impact-missing"),
            ({"name": "other"}, {}, 409, "pack-unchanged"),
            ({"starting_balance": "1.00", "max_loss": None}, {}, 409, "pack-not-of-line"),
            ({"profit_target": "1.00"}, {"headers": {"If_Match": '"9"'}}, 412, "stale-version"),
            ({"profit_target": 1}, {}, 422, "unreadable-document"),
            ({}, {"impact": {"accounts": 1}}, 422, "unreadable-document"),
            ({}, {"reason": ""}, 422, "invalid-request"),
            ({}, {"colour": "red"}, 422, "invalid-request"),
        ],
    )
    def test_refuses_what_may_not_go_on_sale(
        self, world: World, rules: Any, facts: Any, status: int, code: str
    ) -> None:
        path, pack = "/v1/packs/standard-50k/evaluation", document("standard-50k", "evaluation")
        put_on_sale(world, path, pack)
        answer = put_on_sale(world, path, {**pack, **rules}, **dict(facts))
        assert (answer.status_code, answer.json()["code"]) == (status, code)

    def test_refuses_a_run_of_other_packs(self, world: World) -> None:
        path, pack = "/v1/packs/standard-25k/funded", document("standard-25k", "funded")
        put_on_sale(world, path, pack)
        other, third = ({**pack, "hedging": "forbidden", "name": name} for name in "ab")
        answer = put_on_sale(world, path, other, impact=run_between(pack, third))
        assert (answer.status_code, answer.json()["code"]) == (409, "impact-of-other-packs")

    @pytest.mark.parametrize("path", ["gold-1k/evaluation", "standard-25k/funded_daily"])
    def test_refuses_what_is_not_sold(self, world: World, path: str) -> None:
        pack = document("standard-25k", "evaluation")
        answer = put_on_sale(world, f"/v1/packs/{path}", pack)
        assert (answer.status_code, answer.json()["code"]) == (422, "program-unknown")


class TestReadPacks:
    def test_shows_what_is_on_sale_and_what_was(self, world: World) -> None:
        path, pack = "/v1/packs/dynasty-25k/funded_daily", document("dynasty-25k", "funded_daily")
        hedged = {**pack, "hedging": "forbidden"}
        put_on_sale(world, path, pack)
        put_on_sale(world, path, hedged, impact=run_between(pack, hedged))
        world.catch_up()
        on_sale = world.get(path)
        assert (on_sale.json()["number"], on_sale.headers["ETag"]) == (2, '"2"')
        assert on_sale.json()["pack"] == hedged
        assert on_sale.json()["diff"] == [
            {"pointer": "/hedging", "before": "allowed", "after": "forbidden"}
        ]
        assert world.get(f"{path}/versions/1").json()["pack"] == pack
        listed = world.get(f"{path}/versions")
        assert [each["number"] for each in listed.json()["data"]] == [2, 1]
        newest = world.get("/v1/packs").json()["data"][0]
        assert (newest["program"], newest["phase"], newest["number"]) == (
            "dynasty-25k", "funded_daily", 2,
        )  # fmt: skip

    def test_shows_the_run_to_staff_and_its_hash_to_all(self, world: World) -> None:
        path, pack = "/v1/packs/dynasty-25k/funded", document("dynasty-25k", "funded")
        hedged = {**pack, "hedging": "forbidden"}
        run = run_between(pack, hedged)
        put_on_sale(world, path, pack)
        put_on_sale(world, path, hedged, impact=run)
        world.catch_up()
        staff, trader = world.get(path).json(), world.get(path, "trader", TRADER).json()
        assert (staff["impact"], trader["impact"]) == (run, None)
        assert staff["impact_hash"] == trader["impact_hash"] is not None

    def test_pages_through_versions(self, world: World) -> None:
        path, pack = "/v1/packs/dynasty-50k/funded", document("dynasty-50k", "funded")
        hedged = {**pack, "hedging": "forbidden"}
        put_on_sale(world, path, pack)
        put_on_sale(world, path, hedged, impact=run_between(pack, hedged))
        world.catch_up()
        first = world.get(f"{path}/versions?limit=1").json()
        rest = world.get(f"{path}/versions?cursor={first['next_cursor']}").json()
        assert [each["number"] for each in (*first["data"], *rest["data"])] == [2, 1]
        assert rest["next_cursor"] is None

    @pytest.mark.parametrize("path", ["gold-1k/evaluation", "advanced-150k/funded/versions/3"])
    def test_finds_nothing_where_nothing_was_published(self, world: World, path: str) -> None:
        answer = world.get(f"/v1/packs/{path}")
        assert (answer.status_code, answer.json()["code"]) == (404, "not-found")


def test_an_account_is_opened_under_the_version_on_sale(world: World) -> None:
    path, pack = "/v1/packs/dynasty-100k/evaluation", document("dynasty-100k", "evaluation")
    softer = {**pack, "profit_target": "5000.00"}
    put_on_sale(world, path, softer)
    body = {"trader_id": f"trader_{TRADER}", "plan": "Dynasty 100K", "program": "dynasty-100k"}
    body["phase"] = "evaluation"
    first = world.post("/v1/accounts", body, key="under-the-softer")
    put_on_sale(world, path, pack, impact=run_between(softer, pack))
    again = world.post("/v1/accounts", body, key="under-the-softer")
    assert again.headers["Idempotent-Replayed"] == "true"
    world.catch_up()
    assert world.get(first.headers["Location"]).json()["pack"] == softer
