"""Moving accounts to other packs over the API."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from application.plans.catalogue import program
from domain.documents import Place
from domain.rules.canonical import document_of, hash_of
from domain.rules.pack import RulePack
from domain.rules.reading import read_pack
from tests.api.world import NOON, OTHER, PACK, TRADER, World, trade
from tests.support.consents import a_consent

OLD = read_pack(Place(PACK))
NEW = read_pack(Place({**PACK, "name": "wide", "max_loss": {"mode": "static", "amount": "2500"}}))
LATE = NOON + timedelta(hours=2)


def consent_to(
    path: str, new: RulePack = NEW, *, old: RulePack = OLD, by: UUID = TRADER, at: datetime = NOON
) -> dict[str, Any]:
    """The consent of a trader as the API takes it."""
    given = a_consent(
        account_id=UUID(path.rpartition("_")[2]), from_hash=hash_of(old), pack=new, given_by=by,
        given_at=at,
    )  # fmt: skip
    return {
        "given_by": f"trader_{given.given_by}",
        "given_at": given.given_at.isoformat(),
        "statement": given.statement,
        "statement_hash": given.statement_hash,
    }


def body_of(path: str, new: RulePack = NEW, **consent: Any) -> dict[str, Any]:
    return {
        "pack": document_of(new),
        "consent": consent_to(path, new, **consent),
        "reason": "The trader asked for it",
    }


class TestMoveAccount:
    def test_is_in_force_at_once_when_no_session_is_open(self, world: World) -> None:
        path = world.opened()
        world.now = LATE
        answer = world.post(f"{path}/pack-changes", body_of(path), If_Match='"1"')
        assert (answer.status_code, answer.headers["ETag"]) == (202, '"2"'), answer.text
        world.catch_up()
        account = world.get(path).json()
        assert (account["pack_hash"], account["pack"]["name"]) == (hash_of(NEW), "wide")
        assert account["max_loss"]["floor"]["amount"] == "47500.0000"

    def test_waits_for_the_close_of_the_session(self, world: World) -> None:
        path = world.opened()
        world.post(f"{path}/trades", trade())
        world.now = LATE
        world.post(f"{path}/pack-changes", body_of(path))
        world.catch_up()
        assert world.get(path).json()["pack_hash"] == hash_of(OLD)
        world.now = NOON + timedelta(hours=6)
        world.post(f"{path}/closes", {"trading_day": "2026-03-02"})
        world.catch_up()
        assert world.get(path).json()["pack_hash"] == hash_of(NEW)

    def test_leaves_the_pack_it_was_sold_with_visible(self, world: World) -> None:
        path = world.opened()
        before = world.runtime.log.head()
        world.now = LATE
        world.post(f"{path}/pack-changes", body_of(path))
        world.catch_up()
        assert world.get(f"{path}?at_seq={before}").json()["pack_hash"] == hash_of(OLD)
        entry = world.get(f"{path}/audit").json()["data"][0]
        assert entry["type"] == "account.pack_changed"
        assert hash_of(OLD)[:12] in entry["summary"]
        assert entry["reason"] == "The trader asked for it"

    def test_changes_nothing_when_the_consent_is_sent_again(self, world: World) -> None:
        path = world.opened()
        world.now = LATE
        body = body_of(path)
        first = world.post(f"{path}/pack-changes", body, key="move-once")
        retried = world.post(f"{path}/pack-changes", body, key="move-once")
        again = world.post(f"{path}/pack-changes", body)
        assert retried.json() == first.json()
        assert again.json() == {**first.json(), "recorded": False}

    def test_takes_what_is_on_sale_for_a_program(self, world: World) -> None:
        sold, other = (
            program(name).pack("evaluation") for name in ("standard-25k", "advanced-25k")
        )
        path = world.opened(pack=None, program="standard-25k", phase="evaluation")
        world.now = LATE
        body = {
            "program": "advanced-25k",
            "phase": "evaluation",
            "consent": consent_to(path, other, old=sold),
            "reason": "An upgrade",
        }
        assert world.post(f"{path}/pack-changes", body).status_code == 202
        world.catch_up()
        assert world.get(path).json()["pack_hash"] == hash_of(other)

    @pytest.mark.parametrize(
        ("consent", "fault"),
        [
            ({"by": OTHER}, "not_the_trader"),
            ({"at": LATE}, "not_before_the_move"),
            ({"old": NEW}, "other_words_or_packs"),
        ],
    )
    def test_refuses_without_the_consent_of_the_trader(
        self, world: World, consent: Mapping[str, Any], fault: str
    ) -> None:
        path = world.opened()
        world.now = LATE
        answer = world.post(f"{path}/pack-changes", body_of(path, **consent))
        assert (answer.status_code, answer.json()["code"]) == (409, "consent-not-given")
        assert answer.json()["fault"] == fault

    @pytest.mark.parametrize(
        ("rules", "code"),
        [
            ({}, "pack-already-held"),
            ({"starting_balance": "60000.00"}, "pack-not-alike"),
            ({"phase": "funded"}, "pack-not-alike"),
            ({"max_loss": {"mode": "static", "amount": "250.00"}}, "move-would-breach"),
        ],
    )
    def test_refuses_a_pack_that_is_not_for_the_account(
        self, world: World, rules: Mapping[str, Any], code: str
    ) -> None:
        path = world.opened()
        losing = trade(exit_price="4995.00", fees={"amount": "0", "currency": "USD"})
        world.post(f"{path}/trades", losing)
        world.now = LATE
        pack = read_pack(Place({**PACK, **rules}))
        answer = world.post(f"{path}/pack-changes", body_of(path, pack))
        assert (answer.status_code, answer.json()["code"]) == (409, code)

    @pytest.mark.parametrize(
        "change",
        [{"pack": None}, {"program": "standard-25k"}, {"reason": ""}, {"consent": None},
         {"colour": "red"}],
        ids=str,
    )  # fmt: skip
    def test_refuses_a_body_that_is_none(self, world: World, change: Mapping[str, Any]) -> None:
        path = world.opened()
        answer = world.post(f"{path}/pack-changes", {**body_of(path), **change})
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid-request")
