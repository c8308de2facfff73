"""Pages: nothing lost, nothing repeated, and a cursor that nobody can write."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from tests.api.world import TRADER, World, trade

LISTS = ("trades", "days", "snapshots", "violations", "audit")


def history(world: World) -> str:
    """An account with five closed days, with two trades and a violation each."""
    path = world.opened()
    for day in range(2, 7):
        for number, hour in (("a", 15), ("b", 16)):
            at = {
                "entered_at": f"2026-03-0{day}T{hour}:00:00Z",
                "exited_at": f"2026-03-0{day}T{hour}:30:00Z",
                "quantity": 3,
                "exit_price": "5000.25",
            }
            world.post(f"{path}/trades", trade(f"t-{day}{number}", **at))
        world.now = world.now.replace(day=day, hour=23)
        world.post(f"{path}/closes", {"trading_day": f"2026-03-0{day}"})
    world.catch_up()
    return path


def walked(world: World, first: str) -> list[list[dict[str, Any]]]:
    """Every page of a list, from its first on."""
    pages, cursor = [], None
    path = first.partition("?")[0]
    while True:
        answer = world.get(first if cursor is None else f"{path}?cursor={cursor}")
        assert answer.status_code == 200, answer.text
        pages.append(answer.json()["data"])
        cursor = answer.json()["next_cursor"]
        if cursor is None:
            return pages


def test_pages_of_every_list_add_up_to_the_whole(world: World) -> None:
    path = history(world)
    for name in LISTS:
        whole = world.get(f"{path}/{name}").json()
        assert whole["next_cursor"] is None
        pages = walked(world, f"{path}/{name}?limit=2")
        assert [each for page in pages for each in page] == whole["data"]
        assert {len(page) for page in pages[:-1]} == {2}
        assert len(whole["data"]) >= 5


def test_the_newest_stand_first(world: World) -> None:
    path = history(world)
    newest: dict[str, Callable[[dict[str, Any]], Any]] = {
        "trades": lambda each: each["exited_at"],
        "days": lambda each: each["trading_day"],
        "snapshots": lambda each: each["trading_day"],
        "violations": lambda each: each["violation"],
        "audit": lambda each: each["ledger_seq"],
    }
    for name, key in newest.items():
        shown = [key(each) for each in world.get(f"{path}/{name}").json()["data"]]
        assert shown == sorted(shown, reverse=True)


def test_a_cursor_carries_its_filters(world: World) -> None:
    path = history(world)
    pages = walked(world, f"{path}/trades?limit=1&trading_day=2026-03-04")
    assert [each["id"] for page in pages for each in page] == ["t-4b", "t-4a"]


def test_accounts_are_paged_by_when_they_were_opened(world: World) -> None:
    trader = uuid4()
    times = [f"2026-03-02T1{number}:00:00Z" for number in (3, 1, 4, 1, 2)]
    paths = {world.opened(trader, opened_at=at) for at in times}
    world.catch_up()
    pages = walked(world, f"/v1/accounts?limit=2&trader=trader_{trader}")
    shown = [each for page in pages for each in page]
    assert {f"/v1/accounts/{each['id']}" for each in shown} == paths
    assert [each["opened_at"] for each in shown] == sorted(times, reverse=True)
    assert [len(page) for page in pages] == [2, 2, 1]


class TestCursor:
    def cursor(self, world: World, path: str) -> str:
        for number in range(3):
            world.post(f"{path}/trades", trade(f"t-{number}", symbol="MESH6"))
        world.catch_up()
        return str(world.get(f"{path}/trades?limit=1").json()["next_cursor"])

    @pytest.mark.parametrize("other", ["limit=1", "kind=trade", "cursor=v1.a.b.c"])
    def test_comes_alone(self, world: World, other: str) -> None:
        path = world.opened()
        cursor = self.cursor(world, path)
        answer = world.get(f"{path}/trades?cursor={cursor}&{other}")
        assert answer.status_code == 400 or answer.json()["code"] == "invalid-request"
        assert answer.json()["code"] in {"cursor-refused", "invalid-request"}

    def test_belongs_to_its_list(self, world: World) -> None:
        path, other = world.opened(), world.opened()
        cursor = self.cursor(world, path)
        for foreign in (f"{path}/audit", f"{other}/trades"):
            answer = world.get(f"{foreign}?cursor={cursor}")
            assert (answer.status_code, answer.json()["code"]) == (400, "cursor-refused")

    @pytest.mark.parametrize("place", [0, 5, 40, -1])
    def test_is_refused_after_a_change(self, world: World, place: int) -> None:
        path = world.opened()
        cursor = self.cursor(world, path)
        changed = cursor.replace(cursor[place], "!")
        answer = world.get(f"{path}/trades?cursor={changed}")
        assert (answer.status_code, answer.json()["code"]) == (400, "cursor-refused")

    def test_opens_no_account_to_another_trader(self, world: World) -> None:
        path = world.opened()
        cursor = self.cursor(world, path)
        answer = world.get(f"{path}/trades?cursor={cursor}", "trader", uuid4())
        assert (answer.status_code, answer.json()["code"]) == (404, "not-found")
        assert world.get(f"{path}/trades?cursor={cursor}", "trader", TRADER).status_code == 200


@pytest.mark.parametrize("limit", ["0", "201", "-1", "many", "1.5", ""])
def test_an_impossible_limit_is_refused(world: World, limit: str) -> None:
    answer = world.get(f"/v1/accounts?limit={limit}")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-request")
    assert answer.json()["errors"][0]["pointer"] == "/limit"


def test_an_unknown_parameter_is_refused(world: World) -> None:
    answer = world.get("/v1/accounts?colour=red")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-request")
    assert answer.json()["errors"][0] == {
        "location": "query", "pointer": "/colour", "message": "Extra inputs are not permitted"
    }  # fmt: skip
