"""The idempotency key: once for each key, whatever happens in between."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any
from uuid import uuid4

import pytest

from tests.api.world import PACK, TRADER, World, trade, usd


def test_a_retry_is_answered_with_the_first_answer(world: World) -> None:
    path = world.opened()
    first = world.post(f"{path}/trades", trade(), key="k-1")
    world.post(f"{path}/trades", trade("t-2"))
    again = world.post(f"{path}/trades", trade(), key="k-1")
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert again.headers["ETag"] == first.headers["ETag"] == '"2"'
    assert again.headers["Idempotent-Replayed"] == "true"


def test_a_key_may_come_with_or_without_quotes(world: World) -> None:
    path = world.opened()
    world.post(f"{path}/trades", trade(), key="k-1")
    again = world.post(f"{path}/trades", trade(), key='"k-1"')
    assert again.headers["Idempotent-Replayed"] == "true"


def test_a_key_with_another_input_is_refused(world: World) -> None:
    path = world.opened()
    world.post(f"{path}/trades", trade(), key="k-1")
    answer = world.post(f"{path}/trades", trade(fees=usd("9.00")), key="k-1")
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency-key-reused")


def test_the_same_input_written_otherwise_is_the_same_input(world: World) -> None:
    path = world.opened()
    world.post(f"{path}/trades", trade(), key="k-1")
    written = trade(exited_at="2026-03-02T09:30:00-06:00", fees=usd("4.5000"), exit_price="5005")
    again = world.post(f"{path}/trades", written, key="k-1")
    assert again.headers["Idempotent-Replayed"] == "true"


def test_a_key_stands_for_one_path_and_one_caller(world: World) -> None:
    one, other = world.opened(), world.opened()
    world.post(f"{one}/trades", trade(), key="k-1")
    assert world.post(f"{other}/trades", trade(), key="k-1").json()["recorded"] is True
    bob = {"Authorization": f"Bearer {world.token(subject='bob')}", "Idempotency-Key": "k-1"}
    answer = world.client.post(f"{one}/trades", json=trade("t-2"), headers=bob)
    assert answer.json()["recorded"] is True


def test_a_refusal_is_not_kept(world: World) -> None:
    path = world.opened()
    close = {"trading_day": "2026-03-02"}
    world.post(f"{path}/trades", trade())
    assert world.post(f"{path}/closes", close, key="k-1").status_code == 409
    world.now = world.now.replace(hour=23)
    answer = world.post(f"{path}/closes", close, key="k-1")
    assert (answer.status_code, answer.json()["recorded"]) == (202, True)
    assert "Idempotent-Replayed" not in answer.headers


def test_a_command_that_changed_nothing_keeps_its_key_too(world: World) -> None:
    path = world.opened()
    world.post(f"{path}/trades", trade())
    world.post(f"{path}/trades", trade(), key="k-2")
    again = world.post(f"{path}/trades", trade(), key="k-2")
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.json()["recorded"] is False


def test_a_close_and_a_void_may_be_retried_at_another_time(world: World) -> None:
    path = world.opened()
    world.post(f"{path}/trades", trade())
    void = {"execution_id": "t-1", "reason": "Busted"}
    world.post(f"{path}/voids", void, key="v-1")
    world.now = world.now.replace(hour=23)
    assert world.post(f"{path}/voids", void, key="v-1").headers["Idempotent-Replayed"] == "true"
    close = {"trading_day": "2026-03-02"}
    world.post(f"{path}/closes", close, key="c-1")
    world.now = world.now.replace(minute=30)
    assert world.post(f"{path}/closes", close, key="c-1").headers["Idempotent-Replayed"] == "true"


def test_many_at_once_book_one_trade(world: World) -> None:
    path = world.opened()
    with ThreadPoolExecutor(8) as threads:
        answers = list(
            threads.map(lambda _: world.post(f"{path}/trades", trade(), key="k-1"), range(8))
        )
    assert {each.status_code for each in answers} == {202}
    assert {each.headers["ETag"] for each in answers} == {'"2"'}
    assert sum("Idempotent-Replayed" not in each.headers for each in answers) == 1


def test_a_twin_is_answered_alike_though_the_first_moved_the_version_on(world: World) -> None:
    for _ in range(5):
        path = world.opened()
        post = partial(world.post, key="k-1", If_Match='"1"')
        with ThreadPoolExecutor(6) as threads:
            answers = list(threads.map(post, [f"{path}/trades"] * 6, [trade()] * 6))
        assert {(each.status_code, each.headers["ETag"]) for each in answers} == {(202, '"2"')}


def test_a_twin_opens_no_second_account_and_is_not_refused(world: World) -> None:
    for _ in range(5):
        body: dict[str, Any] = {"trader_id": f"trader_{TRADER}", "plan": "Plain", "pack": PACK}
        body["account_id"] = f"acc_{uuid4()}"
        post = partial(world.post, key=str(uuid4()))
        with ThreadPoolExecutor(6) as threads:
            answers = list(threads.map(post, ["/v1/accounts"] * 6, [body] * 6))
        assert {each.status_code for each in answers} == {201}


def test_different_commands_at_once_all_get_through(world: World) -> None:
    path = world.opened()
    with ThreadPoolExecutor(4) as threads:
        answers = list(
            threads.map(
                lambda n: world.post(f"{path}/trades", trade(f"t-{n}", symbol="MESH6")), range(4)
            )
        )
    assert {each.headers["ETag"] for each in answers} == {'"2"', '"3"', '"4"', '"5"'}


def test_a_command_without_a_key_is_refused(world: World) -> None:
    answer = world.client.post(f"{world.opened()}/trades", json=trade(), headers=world.headers())
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency-key-missing")


@pytest.mark.parametrize("key", ['""', "two words", '"open', 'a"b', "a\\b", "k" * 256, " "])
def test_a_malformed_key_is_refused(world: World, key: str) -> None:
    answer = world.post(f"{world.opened()}/trades", trade(), key=key)
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency-key-malformed")
