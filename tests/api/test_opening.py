"""Opening accounts: by program, by pack, and every way in which it is refused."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from application.plans.catalogue import program
from domain.rules.canonical import hash_of
from tests.api.world import NOON, PACK, TRADER, World

BODY = {"trader_id": f"trader_{TRADER}", "plan": "Plain 50K"}


class TestOpenAccount:
    def test_answers_where_the_account_is(self, world: World) -> None:
        answer = world.post("/v1/accounts", {**BODY, "pack": PACK})
        assert answer.status_code == 201
        assert answer.headers["ETag"] == '"1"'
        account_id = answer.json()["account_id"]
        assert answer.headers["Location"] == f"/v1/accounts/{account_id}"
        assert answer.json() == {"account_id": account_id, "version": 1, "recorded": True}
        assert UUID(account_id.removeprefix("acc_")).version == 7

    def test_takes_an_identifier_of_the_callers_choice(self, world: World) -> None:
        chosen = f"acc_{uuid4()}"
        answer = world.post("/v1/accounts", {**BODY, "pack": PACK, "account_id": chosen})
        assert answer.json()["account_id"] == chosen

    def test_pins_the_pack_of_a_program(self, world: World) -> None:
        body = {**BODY, "program": "standard-25k", "phase": "evaluation"}
        path = world.post("/v1/accounts", body).headers["Location"]
        world.catch_up()
        account = world.get(path).json()
        assert account["pack_hash"] == hash_of(program("standard-25k").pack("evaluation"))
        assert account["starting_balance"] == {"amount": "25000.0000", "currency": "USD"}

    def test_opens_it_now_unless_told_when(self, world: World) -> None:
        path = world.post("/v1/accounts", {**BODY, "pack": PACK}).headers["Location"]
        world.catch_up()
        assert world.get(path).json()["opened_at"] == NOON.isoformat().replace("+00:00", "Z")

    def test_refuses_an_identifier_that_is_taken(self, world: World) -> None:
        taken = world.opened().rpartition("/")[2]
        answer = world.post("/v1/accounts", {**BODY, "pack": PACK, "account_id": taken})
        assert (answer.status_code, answer.json()["code"]) == (409, "account-id-taken")

    @pytest.mark.parametrize(
        ("rules", "pointer"),
        [
            ({"pack": {"starting_balance": 50000}}, "/pack/starting_balance"),
            ({"pack": {}}, "/pack/starting_balance"),
            ({"pack": {**PACK, "surprise": 1}}, "/pack/surprise"),
            ({"pack": {**PACK, "max_loss": {"mode": "none"}}}, "/pack/max_loss"),
        ],
    )
    def test_names_the_place_of_a_pack_that_is_wrong(
        self, world: World, rules: dict[str, Any], pointer: str
    ) -> None:
        answer = world.post("/v1/accounts", {**BODY, **rules})
        assert (answer.status_code, answer.json()["code"]) == (422, "unreadable-document")
        (place,) = answer.json()["errors"]
        assert place["pointer"].startswith(pointer)

    @pytest.mark.parametrize(
        ("rules", "code"),
        [
            ({"program": "standard-26k", "phase": "evaluation"}, "program-unknown"),
            ({"program": "../../x", "phase": "evaluation"}, "program-unknown"),
            ({"program": "standard-25k", "phase": "funded_daily"}, "program-unknown"),
            ({}, "invalid-request"),
            ({"program": "standard-25k"}, "invalid-request"),
            ({"phase": "evaluation"}, "invalid-request"),
            ({"pack": PACK, "phase": "evaluation"}, "invalid-request"),
            ({"pack": {**PACK, "name": "a\u0000b"}}, "invalid-request"),
            ({"pack": PACK, "plan": "a\nb"}, "invalid-request"),
            ({"pack": PACK, "plan": "  "}, "invalid-request"),
            ({"pack": PACK, "trader_id": str(TRADER)}, "invalid-request"),
            ({"pack": PACK, "account_id": "acc_1"}, "invalid-request"),
            ({"pack": PACK, "opened_at": "2026-03-02T12:00:00"}, "invalid-request"),
            ({"pack": PACK, "opened_at": 1772452800}, "invalid-request"),
            ({"pack": PACK, "colour": "red"}, "invalid-request"),
        ],
        ids=str,
    )
    def test_refuses_what_cannot_be_opened(
        self, world: World, rules: dict[str, Any], code: str
    ) -> None:
        head = world.runtime.log.head()
        answer = world.post("/v1/accounts", {**BODY, **rules})
        assert (answer.status_code, answer.json()["code"]) == (422, code)
        assert world.runtime.log.head() == head


class TestRetry:
    def test_answers_the_same_account_again(self, world: World) -> None:
        body = {**BODY, "pack": PACK}
        first = world.post("/v1/accounts", body, key="open-once")
        world.now = NOON.replace(hour=20)
        again = world.post("/v1/accounts", body, key="open-once")
        assert again.status_code == 201
        assert again.headers["Idempotent-Replayed"] == "true"
        assert again.json() == first.json()
        assert again.headers["Location"] == first.headers["Location"]

    def test_is_refused_with_another_input(self, world: World) -> None:
        world.post("/v1/accounts", {**BODY, "pack": PACK}, key="open-twice")
        other = world.post(
            "/v1/accounts", {**BODY, "plan": "Other", "pack": PACK}, key="open-twice"
        )
        assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")
