"""The news calendar over HTTP, telling an account of a release, and letting its time pass."""

from typing import Any

from tests.api.test_account_commands import fill, refusal
from tests.api.world import PACK, World

NEWS_PACK = {**PACK, "news": {"minutes_before": 2, "minutes_after": 2}}
FLAT_PACK = {**PACK, "session": {"flat_by": "15:10", "effect": "fail"}}


def release(release_id: str = "cpi", **facts: Any) -> dict[str, Any]:
    """A release at noon in Chicago."""
    return {
        "release_id": release_id,
        "title": "CPI",
        "released_at": "2026-03-02T18:00:00Z",
        "impact": "high",
        **facts,
    }


class TestTheCalendar:
    def test_shows_what_was_scheduled_and_what_was_withdrawn(self, world: World) -> None:
        for name, at in (("b", "2027-03-10T13:30:00Z"), ("a", "2027-03-09T13:30:00Z")):
            answer = world.post("/v1/news", release(name, released_at=at, roots=["MES", "ES"]))
            assert answer.status_code == 202, answer.text
            assert answer.json()["month"] == "2027-03"
        gone = {"month": "2027-03", "release_id": "b", "reason": "Postponed"}
        assert world.post("/v1/news/withdrawals", gone).json()["recorded"] is True
        assert world.post("/v1/news/withdrawals", gone).json()["recorded"] is False
        world.catch_up()
        path = "/v1/news?released_from=2027-03-01T00:00:00Z&released_until=2027-04-01T00:00:00Z"
        first, second = world.get(path, "trader").json()["data"]
        assert (first["release_id"], first["roots"]) == ("a", ["ES", "MES"])
        assert (first["withdrawn_at"], first["withdraw_reason"]) == (None, None)
        assert (second["release_id"], second["withdraw_reason"]) == ("b", "Postponed")

    def test_turns_its_pages(self, world: World) -> None:
        for day in (1, 2, 3):
            at = f"2028-05-0{day}T13:30:00Z"
            world.post("/v1/news", release(f"r-{day}", released_at=at))
        world.catch_up()
        path = "/v1/news?released_from=2028-05-01T00:00:00Z&limit=2"
        page = world.get(path).json()
        after = world.get(f"/v1/news?cursor={page['next_cursor']}").json()
        seen = [each["release_id"] for each in (*page["data"], *after["data"])]
        assert (seen, after["next_cursor"]) == (["r-1", "r-2", "r-3"], None)

    def test_refuses_a_changed_release_under_an_old_id(self, world: World) -> None:
        world.post("/v1/news", release("x", released_at="2027-06-01T12:00:00Z"))
        changed = release("x", released_at="2027-06-01T12:30:00Z")
        assert refusal(world.post("/v1/news", changed)) == (409, "release-known-differently")

    def test_refuses_a_product_that_is_not_there(self, world: World) -> None:
        answer = world.post("/v1/news", release("y", roots=["ESH6"]))
        assert refusal(answer) == (422, "unknown-contract")

    def test_refuses_to_withdraw_what_is_not_there(self, world: World) -> None:
        gone = {"month": "2029-01", "release_id": "z", "reason": "Postponed"}
        assert refusal(world.post("/v1/news/withdrawals", gone)) == (404, "release-unknown")


class TestTellingAnAccount:
    def test_lets_it_judge_by_the_window(self, world: World) -> None:
        path = world.opened(pack=NEWS_PACK)
        assert world.post(f"{path}/releases", release()).json()["recorded"] is True
        assert world.post(f"{path}/releases", release()).json()["recorded"] is False
        world.post(f"{path}/fills", fill(executed_at="2026-03-02T17:59:00Z"))
        world.catch_up()
        (told,) = world.get(f"{path}/violations").json()["data"]
        assert (told["rule"], told["subject"]) == ("news", "ES")
        assert told["explanation"].startswith("1 contract of ES was opened in the window")


class TestLettingTimePass:
    def test_pronounces_what_a_deadline_broke(self, world: World) -> None:
        path = world.opened(pack=FLAT_PACK)
        world.post(f"{path}/fills", fill())
        world.now = world.now.replace(hour=22)
        assert world.post(f"{path}/time", {}).json()["recorded"] is True
        assert world.post(f"{path}/time", {}).json()["recorded"] is False
        world.catch_up()
        (told,) = world.get(f"{path}/violations").json()["data"]
        assert (told["rule"], told["effective_at"]) == ("flat_by", "2026-03-02T21:10:00Z")

    def test_keeps_the_verdict_and_refuses_what_came_after(self, world: World) -> None:
        path = world.opened(pack=FLAT_PACK)
        world.post(f"{path}/fills", fill())
        late = fill("f-2", action="sell", executed_at="2026-03-02T21:11:00Z")
        answer = world.post(f"{path}/fills", late)
        assert refusal(answer) == (409, "account-ended")
        assert answer.json()["rule"] == "flat_by"
        world.catch_up()
        account = world.get(path).json()
        assert (account["status"], account["version"]) == ("failed", 4)

    def test_takes_a_time_that_has_come(self, world: World) -> None:
        path = world.opened()
        answer = world.post(f"{path}/time", {"passed_at": "2026-03-02T17:00:00Z"})
        assert (answer.status_code, answer.json()["recorded"]) == (202, False)

    def test_refuses_a_time_that_has_not_come(self, world: World) -> None:
        path = world.opened()
        answer = world.post(f"{path}/time", {"passed_at": "2026-03-03T18:00:00Z"})
        assert refusal(answer) == (422, "time-to-come")
