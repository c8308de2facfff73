"""Read your own writes: an answer that holds the position asked for, or a refusal."""

from threading import Timer

import pytest

from tests.api.world import World, trade

LISTS = ("", "/trades", "/days", "/snapshots", "/violations", "/warnings", "/audit")


def test_a_query_refuses_while_its_read_model_is_behind(world: World) -> None:
    path = world.opened()
    world.catch_up()
    position = world.post(f"{path}/trades", trade()).headers["Ledger-Position"]
    for each in LISTS:
        answer = world.get(f"{path}{each}", Ledger_Position_Min=position, Prefer="wait=0")
        assert (answer.status_code, answer.json()["code"]) == (503, "projection-behind")
        assert answer.headers["Retry-After"] == "1"
        assert answer.json()["behind_seconds"] >= 0
        assert answer.json()["retryable"] is True


def test_a_query_answers_once_its_read_model_holds_the_position(world: World) -> None:
    path = world.opened()
    position = world.post(f"{path}/trades", trade()).headers["Ledger-Position"]
    world.catch_up()
    for each in LISTS:
        answer = world.get(f"{path}{each}", Ledger_Position_Min=position, Prefer="wait=0")
        assert answer.status_code == 200
        assert answer.headers["Ledger-Position"].startswith("v1.")
    booked = world.get(f"{path}/trades", Ledger_Position_Min=position).json()["data"]
    assert [each["id"] for each in booked] == ["t-1"]


def test_a_query_waits_for_its_read_model(world: World) -> None:
    path = world.opened()
    position = world.post(f"{path}/trades", trade()).headers["Ledger-Position"]
    later = Timer(0.2, world.catch_up)
    later.start()
    answer = world.get(path, Ledger_Position_Min=position, Prefer="respond-async, wait=5")
    later.join()
    assert (answer.status_code, answer.json()["version"]) == (200, 2)


def test_a_query_without_a_position_is_answered_at_once(world: World) -> None:
    path = world.opened()
    world.catch_up()
    world.post(f"{path}/trades", trade())
    assert world.get(path).json()["version"] == 1
    world.catch_up()
    assert world.get(path).json()["version"] == 2


def test_the_position_of_an_answer_can_be_asked_for_again(world: World) -> None:
    path = world.opened()
    world.catch_up()
    position = world.get(path).headers["Ledger-Position"]
    assert world.get(path, Ledger_Position_Min=position, Prefer="wait=0").status_code == 200


def test_above_the_ceiling_nobody_waits(world: World) -> None:
    path = world.opened()
    position = world.post(f"{path}/trades", trade()).headers["Ledger-Position"]
    waiters = world.client.app.state.desk.waiters  # type: ignore[attr-defined]
    taken = 0
    while waiters.acquire(blocking=False):
        taken += 1
    try:
        answer = world.get(path, Ledger_Position_Min=position, Prefer="wait=5")
    finally:
        waiters.release(taken)
    assert (answer.status_code, answer.json()["code"]) == (503, "projection-behind")


@pytest.mark.parametrize("forged", ["2", "v1.2", "v1...", "v1.AAAA.BBBB.CCCC", "x" * 5000])
def test_a_position_that_we_did_not_give_out_is_refused(world: World, forged: str) -> None:
    answer = world.get("/v1/accounts", Ledger_Position_Min=forged)
    assert (answer.status_code, answer.json()["code"]) == (400, "position-refused")


def test_a_cursor_is_no_position(world: World) -> None:
    for _ in range(2):
        world.opened()
    world.catch_up()
    cursor = world.get("/v1/accounts?limit=1").json()["next_cursor"]
    answer = world.get("/v1/accounts", Ledger_Position_Min=cursor)
    assert (answer.status_code, answer.json()["code"]) == (400, "position-refused")


@pytest.mark.parametrize("prefer", ["wait=soon", "wait=-1", "", "wait", "return=minimal"])
def test_a_preference_that_is_not_understood_is_ignored(world: World, prefer: str) -> None:
    assert world.get("/v1/accounts", Prefer=prefer).status_code == 200


def test_a_position_tells_nothing_of_its_number(world: World) -> None:
    first = world.post(f"{world.opened()}/trades", trade()).headers["Ledger-Position"]
    for _ in range(10):
        world.opened()
    later = world.post(f"{world.opened()}/trades", trade()).headers["Ledger-Position"]
    assert len(first) == len(later)
