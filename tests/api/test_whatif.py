"""What-if over HTTP: a trader's own question at once, an administrator's as a job."""

import csv
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any
from uuid import UUID, uuid4

import pytest

from application.whatif.documents import COLUMNS
from interfaces.whatif.working import work_on
from tests.api.world import OTHER, PACK, TRADER, World, trade, world_on
from tests.support.postgres import Database

STRICT = {**PACK, "name": "strict", "max_loss": {"mode": "static", "amount": "100.00"}}


def losing(world: World, **facts: Any) -> str:
    """The path of an account that lost 104.50 and then 254.50, and lives."""
    path = world.opened(**facts)
    day = {"entered_at": "2026-03-02T16:00:00Z", "exited_at": "2026-03-02T16:30:00Z"}
    world.post(f"{path}/trades", trade("t-1", exit_price="4998.00"))
    world.post(f"{path}/trades", trade("t-2", exit_price="4995.00", **day))
    world.catch_up()
    return path


def asked(world: World, body: Any = None, *, key: str | None = None, plan: str = "P") -> Any:
    answer = world.post("/v1/whatif-runs", body or {"pack": STRICT, "plan": plan}, key=key)
    assert answer.status_code == 202, answer.text
    return answer


def done(world: World, answer: Any) -> Any:
    """The run after a worker has seen to it."""
    work_on(UUID(answer.json()["id"]), world.runtime, Event())
    return world.get(answer.headers["Location"]).json()


class TestAnAccount:
    def test_is_judged_as_if_it_had_stopped_at_its_first_loss(self, world: World) -> None:
        path = losing(world)
        answer = world.get(f"{path}/whatif?stop_after_first_loss=true", "trader", TRADER)
        assert answer.status_code == 200, answer.text
        found = answer.json()
        assert (found["net_profit_before"], found["net_profit_after"]) == ("-359.00", "-104.50")
        assert found["answer"]["left_out"] == [{"id": "t-2", "reason": "after_the_first_loss"}]
        assert answer.headers["Ledger-Position"]

    def test_is_judged_without_a_trade_and_at_half_the_size(self, world: World) -> None:
        path = losing(world)
        without = world.get(f"{path}/whatif?without=t-2&without=t-1", "trader", TRADER).json()
        half = world.get(f"{path}/whatif?size=1/2", "trader", TRADER).json()
        assert without["net_profit_after"] == half["net_profit_after"] == "0.00"
        reasons = [each["reason"] for each in half["answer"]["left_out"]]
        assert reasons == ["rounds_to_nothing"] * 2

    def test_of_another_trader_is_not_found(self, world: World) -> None:
        path = losing(world, trader=OTHER)
        answer = world.get(f"{path}/whatif?size=1/2", "trader", TRADER)
        assert (answer.status_code, answer.json()["code"]) == (404, "not-found")
        assert world.get(f"{path}/whatif?size=1/2", "support").status_code == 200

    @pytest.mark.parametrize(
        ("query", "code"),
        [
            ("", "whatif-refused"),
            ("size=2", "counterfactual-refused"),
            ("size=half", "counterfactual-refused"),
            ("without=t-9", "trade-not-in-history"),
            ("colour=red", "invalid-request"),
        ],
    )
    def test_is_not_judged_by_what_cannot_be_asked(
        self, world: World, query: str, code: str
    ) -> None:
        answer = world.get(f"{losing(world)}/whatif?{query}")
        assert (answer.status_code, answer.json()["code"]) == (422, code)

    def test_of_too_many_events_is_for_a_job(self, database: Database) -> None:
        with world_on(database, whatif_events_max=2) as world:
            answer = world.get(f"{losing(world)}/whatif?size=1/2")
        assert (answer.status_code, answer.json()["code"]) == (422, "whatif-too-long")
        assert "POST /v1/whatif-runs" in answer.json()["detail"]
        assert (answer.json()["events"], answer.json()["limit"]) == (3, 2)

    def test_waits_its_turn(self, world: World) -> None:
        path = losing(world)
        desk = world.client.app.state.desk  # type: ignore[attr-defined]
        while desk.whatif.acquire(blocking=False):
            pass
        try:
            answer = world.get(f"{path}/whatif?size=1/2")
        finally:
            desk.whatif.release(2)
        assert (answer.status_code, answer.json()["code"]) == (503, "whatif-busy")
        assert answer.headers["Retry-After"]
        assert world.get(f"{path}/whatif?size=1/2").status_code == 200


class TestARun:
    def test_goes_from_its_question_to_its_flips(self, world: World) -> None:
        plan = str(uuid4())
        losing(world, plan=plan)
        answer = asked(world, plan=plan)
        queued = answer.json()
        assert (queued["status"], queued["asked_by"]) == ("queued", "admin:alice")
        assert queued["progress"] == {"done": 0, "total": None}
        run = done(world, answer)
        assert (run["status"], run["progress"]) == ("done", {"done": 3, "total": 3})
        summary = run["summary"]
        assert (summary["accounts"], summary["flips"], run["flips_listed"]) == (1, 3, 3)
        flips = world.get(f"{answer.headers['Location']}/flips").json()["data"]
        assert [each["kind"] for each in flips] == ["status", "failure", "violation"]
        assert flips[0]["event_type"] == "account.trade_recorded"

    def test_is_the_same_for_the_same_key(self, world: World) -> None:
        key, plan = str(uuid4()), str(uuid4())
        first, again = (asked(world, key=key, plan=plan) for _ in range(2))
        assert again.json()["id"] == first.json()["id"]
        assert (first.headers.get("Idempotent-Replayed"), again.headers["Idempotent-Replayed"]) == (
            None, "true",
        )  # fmt: skip
        other = world.post("/v1/whatif-runs", {"pack": STRICT, "plan": "another"}, key=key)
        assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")
        world.post(f"{first.headers['Location']}/cancellations", {})

    def test_judges_the_log_as_it_stood_when_it_was_asked(self, world: World) -> None:
        plan = str(uuid4())
        losing(world, plan=plan)
        answer = asked(world, plan=plan)
        losing(world, plan=plan)
        assert done(world, answer)["summary"]["accounts"] == 1

    def test_is_cancelled_once_and_for_all(self, world: World) -> None:
        answer = asked(world)
        path = f"{answer.headers['Location']}/cancellations"
        for _ in range(2):
            cancelled = world.client.post(path, headers=world.headers())
            assert (cancelled.status_code, cancelled.json()["status"]) == (202, "cancelled")
        assert done(world, answer)["status"] == "cancelled"

    def test_that_is_done_cannot_be_cancelled(self, world: World) -> None:
        answer = asked(world, plan=str(uuid4()))
        done(world, answer)
        path = f"{answer.headers['Location']}/cancellations"
        refused = world.client.post(path, headers=world.headers())
        assert (refused.status_code, refused.json()["code"]) == (409, "whatif-run-ended")

    def test_is_one_of_a_few(self, database: Database) -> None:
        with world_on(database, whatif_runs_open_max=1) as world:
            asked(world)
            answer = world.post("/v1/whatif-runs", {"pack": STRICT})
        assert (answer.status_code, answer.json()["code"]) == (429, "too-many-whatif-runs")

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            ({}, "whatif-refused"),
            ({"pack": STRICT, "program": "standard-25k"}, "invalid-request"),
            ({"pack": {"name": "x"}}, "unreadable-document"),
            ({"program": "none", "phase": "evaluation"}, "program-unknown"),
            ({"size": "1/2", "without": ["t-1"]}, "whatif-refused"),
        ],
    )
    def test_is_refused_at_once_where_it_can_be(self, world: World, body: Any, code: str) -> None:
        answer = world.post("/v1/whatif-runs", body)
        assert (answer.status_code, answer.json()["code"]) == (422, code)

    def test_keeps_so_many_flips_and_counts_them_all(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("interfaces.whatif.working.FLIPS_KEPT_MAX", 4)
        plan = str(uuid4())
        for _ in range(2):
            losing(world, plan=plan)
        answer = asked(world, plan=plan)
        run = done(world, answer)
        assert (run["summary"]["flips"], run["flips_listed"]) == (6, 4)
        assert len(world.get(f"{answer.headers['Location']}/flips").json()["data"]) == 4

    def test_asked_for_at_once_under_one_key_is_one(self, world: World) -> None:
        key, plan = str(uuid4()), str(uuid4())
        with ThreadPoolExecutor(4) as threads:
            answers = list(threads.map(lambda _: asked(world, key=key, plan=plan), range(4)))
        assert len({each.json()["id"] for each in answers}) == 1
        replayed = [each.headers.get("Idempotent-Replayed") for each in answers]
        assert replayed.count(None) == 1
        path = f"{answers[0].headers['Location']}/cancellations"
        world.client.post(path, headers=world.headers())


class TestPages:
    def test_of_flips_lose_and_repeat_nothing(self, world: World) -> None:
        plan = str(uuid4())
        for _ in range(3):
            losing(world, plan=plan)
        answer = asked(world, plan=plan)
        done(world, answer)
        path = f"{answer.headers['Location']}/flips"
        whole = world.get(path).json()["data"]
        pages, query = [], "?limit=4"
        while query:
            page = world.get(f"{path}{query}").json()
            pages += page["data"]
            query = f"?cursor={page['next_cursor']}" if page["next_cursor"] else ""
        assert pages == whole
        assert len(whole) == 9

    def test_of_flips_are_csv_where_that_is_asked_for(self, world: World) -> None:
        plan = str(uuid4())
        losing(world, plan=plan)
        answer = asked(world, plan=plan)
        done(world, answer)
        path = f"{answer.headers['Location']}/flips?limit=2"
        page = world.get(path, Accept="text/csv")
        assert page.headers["content-type"].startswith("text/csv")
        rows = list(csv.DictReader(page.text.splitlines()))
        assert [row["kind"] for row in rows] == ["status", "failure"]
        assert tuple(rows[0]) == COLUMNS
        follows = world.get(
            f"{path.partition('?')[0]}?cursor={page.headers['Next-Cursor']}", Accept="text/csv"
        )
        assert [row["kind"] for row in csv.DictReader(follows.text.splitlines())] == ["violation"]

    def test_of_runs_show_the_newest_first(self, world: World) -> None:
        asked_for = []
        for _ in range(3):
            answer = asked(world)
            world.client.post(
                f"{answer.headers['Location']}/cancellations", headers=world.headers()
            )
            asked_for.append(answer.json()["id"])
        first = world.get("/v1/whatif-runs?limit=2").json()
        second = world.get(f"/v1/whatif-runs?cursor={first['next_cursor']}").json()
        shown = [each["id"] for each in (*first["data"], *second["data"])]
        assert shown[:3] == asked_for[::-1]

    def test_of_a_run_that_is_not_there_are_not_found(self, world: World) -> None:
        for path in ("", "/flips"):
            answer = world.get(f"/v1/whatif-runs/{uuid4()}{path}")
            assert (answer.status_code, answer.json()["code"]) == (404, "not-found")
