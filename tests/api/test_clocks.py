"""The lists of an account on two clocks: what was true then, by what was known then."""

from datetime import datetime
from typing import Any
from uuid import UUID

import pytest

from application.log import LogSelection
from tests.api.funded import approve, ask, funded
from tests.api.test_account_commands import refusal
from tests.api.test_corrections import (
    BUSTED,
    LATE,
    TUESDAY,
    breached_late,
    decide,
    text_of,
    two_days,
)
from tests.api.test_pagination import walked
from tests.api.world import OTHER, TRADER, World, trade, usd

FAR = "9999-12-31T23:59:59Z"
MONDAY_NIGHT = "2026-03-02T22:30:00Z"
LISTS = ("trades", "days", "snapshots", "payouts", "revisions")
PRONOUNCED = ("violations", "warnings", "verdicts")
CLOCKS = ("as_of", "known_at")


def recorded_last(world: World, path: str) -> datetime:
    """When the newest event of an account was recorded."""
    selection = LogSelection(stream_id=UUID(path.rpartition("acc_")[2]))
    (newest,) = world.runtime.log.select(selection, newest_first=True, limit=1)
    return newest.recorded_at


def rows(world: World, path: str, **query: str) -> list[dict[str, Any]]:
    """The rows of a list, whole."""
    asked = "&".join(f"{name}={value}" for name, value in {"limit": "200", **query}.items())
    answer = world.get(f"{path}?{asked}")
    assert answer.status_code == 200, answer.text
    return list(answer.json()["data"])


@pytest.fixture
def corrected(world: World) -> tuple[str, str]:
    """An account whose Monday was taken back, and the moment before that became known."""
    path = two_days(world)
    known = text_of(recorded_last(world, path))
    world.post(f"{path}/voids", BUSTED)
    world.catch_up()
    return path, known


class TestTrades:
    def test_before_a_correction_nothing_was_taken_back(
        self, world: World, corrected: tuple[str, str]
    ) -> None:
        path, known = corrected
        assert [each["voided_at"] for each in rows(world, f"{path}/trades", known_at=known)] == [
            None, None,
        ]  # fmt: skip
        assert rows(world, f"{path}/trades", known_at=FAR)[-1]["void_reason"] == BUSTED["reason"]

    def test_only_what_was_booked_by_then(self, world: World, corrected: tuple[str, str]) -> None:
        path, known = corrected
        for clocks in ({}, {"known_at": known}):
            (only,) = rows(world, f"{path}/trades", as_of=MONDAY_NIGHT, **clocks)
            assert only["id"] == "t-1"
            assert (only["voided_at"] is None) == bool(clocks)

    def test_one_that_was_moved_is_where_it_belongs(self, world: World) -> None:
        path = two_days(world)
        known = text_of(recorded_last(world, path))
        moved = {"trade": trade(**TUESDAY), "reason": "It was Tuesday's"}
        assert world.post(f"{path}/trade-corrections", moved).status_code == 202
        assert rows(world, f"{path}/trades", as_of=MONDAY_NIGHT) == []
        (shown,) = rows(world, f"{path}/trades", as_of=MONDAY_NIGHT, known_at=known)
        assert (shown["id"], shown["trading_day"]) == ("t-1", "2026-03-02")

    def test_what_was_taken_back_on_its_day_stood_until_then(self, world: World) -> None:
        path = world.opened()
        world.post(f"{path}/trades", trade())
        world.post(f"{path}/voids", BUSTED)
        (before,) = rows(world, f"{path}/trades", as_of="2026-03-02T15:30:00Z")
        (after,) = rows(world, f"{path}/trades", as_of=FAR)
        assert (before["voided_at"], after["void_reason"]) == (None, BUSTED["reason"])

    def test_filters_hold(self, world: World, corrected: tuple[str, str]) -> None:
        path, known = corrected
        asked = {"known_at": known}
        (only,) = rows(world, f"{path}/trades", trading_day="2026-03-03", **asked)
        assert only["id"] == "t-2"
        assert rows(world, f"{path}/trades", kind="fill", **asked) == []
        assert len(rows(world, f"{path}/trades", kind="trade", **asked)) == 2


class TestDays:
    def test_before_a_correction_they_are_as_they_were_shown(
        self, world: World, corrected: tuple[str, str]
    ) -> None:
        path, known = corrected
        for name in ("days", "snapshots"):
            then = rows(world, f"{path}/{name}", known_at=known)[-1]
            now = rows(world, f"{path}/{name}", known_at=FAR)[-1]
            assert (then["net"], now["net"]) == (usd("245.5000"), usd("0.0000"))
            assert then["trading_day"] == now["trading_day"] == "2026-03-02"

    def test_a_day_in_progress_shows_how_far_it_was(
        self, world: World, corrected: tuple[str, str]
    ) -> None:
        path, known = corrected
        noon = {"as_of": "2026-03-02T17:00:00Z"}
        (open_day,) = rows(world, f"{path}/days", **noon, known_at=known)
        assert (open_day["status"], open_day["net"]) == ("open", usd("245.5000"))
        assert (open_day["executions"], open_day["closing_balance"]) == (1, None)
        assert rows(world, f"{path}/days", **noon) == []

    def test_a_day_that_was_not_closed_by_then_has_no_snapshot(
        self, world: World, corrected: tuple[str, str]
    ) -> None:
        path, _ = corrected
        assert rows(world, f"{path}/snapshots", as_of="2026-03-02T17:00:00Z") == []
        (monday,) = rows(world, f"{path}/snapshots", as_of=MONDAY_NIGHT)
        assert monday["net"] == usd("0.0000")


class TestDecisions:
    def test_a_payout_is_as_far_as_it_was(self, world: World) -> None:
        path = funded(world)
        ask(world, path)
        known = text_of(recorded_last(world, path))
        assert approve(world, path).status_code == 202
        world.catch_up()
        statuses = [
            [each["status"] for each in rows(world, f"{path}/payouts", **asked)]
            for asked in ({}, {"known_at": known}, {"known_at": known, "status": "approved"})
        ]
        assert statuses == [["approved"], ["requested"], []]

    def test_one_payout_has_the_decisions_of_then(self, world: World) -> None:
        path = funded(world)
        ask(world, path)
        known = text_of(recorded_last(world, path))
        approve(world, path)
        world.catch_up()
        whole = world.get(f"{path}/payouts/p-1")
        assert world.get(f"{path}/payouts/p-1?known_at={FAR}").json() == whole.json()
        then = world.get(f"{path}/payouts/p-1?known_at={known}")
        assert then.json()["decisions"] == whole.json()["decisions"][:1]
        assert (then.headers["ETag"], whole.headers["ETag"]) == ('"4"', '"5"')

    def test_a_payout_of_later_is_unknown(self, world: World) -> None:
        path = funded(world)
        known = text_of(recorded_last(world, path))
        ask(world, path)
        for name in ("p-1", "p-2"):
            answer = world.get(f"{path}/payouts/{name}?known_at={known}")
            assert refusal(answer) == (404, "payout-unknown")

    def test_a_revision_awaited_a_person_before_it_was_decided(self, world: World) -> None:
        path, revision = breached_late(world)
        known = text_of(recorded_last(world, path))
        decide(world, path, revision["revision"], "dismissed")
        world.catch_up()
        then = rows(world, f"{path}/revisions", known_at=known)
        assert revision in then
        assert revision not in rows(world, f"{path}/revisions", known_at=FAR)
        assert rows(world, f"{path}/revisions", known_at=known, status="dismissed") == []


def eventful(world: World) -> str:
    """An account with something in every list but that of its payouts."""
    path = two_days(world)
    for each in (
        trade("t-3", **{**TUESDAY, "exit_price": "4983.00"}),
        trade("late", **LATE, exit_price="4950.00"),
        trade("t-4", **TUESDAY, quantity=3),
    ):
        assert world.post(f"{path}/trades", each).status_code == 202
    world.catch_up()
    return path


class TestPronounced:
    @pytest.mark.parametrize("name", PRONOUNCED)
    def test_stays_as_it_was(self, world: World, name: str) -> None:
        path = f"{eventful(world)}/{name}"
        whole = rows(world, path)
        by_effect = rows(world, path, as_of=whole[0]["effective_at"])
        by_record = rows(world, path, known_at=whole[0]["recorded_at"])
        assert whole == by_effect == by_record
        for clocks in ({"as_of": MONDAY_NIGHT}, {"known_at": "2020-01-01T00:00:00Z"}):
            assert rows(world, path, **clocks) == []


class TestEveryList:
    @pytest.mark.parametrize("name", [*LISTS, *PRONOUNCED])
    def test_now_on_both_clocks_is_the_present(self, world: World, name: str) -> None:
        path = eventful(world)
        live = rows(world, f"{path}/{name}")
        assert bool(live) == (name != "payouts")
        for clocks in ({"as_of": FAR}, {"known_at": FAR}, {"as_of": FAR, "known_at": FAR}):
            assert rows(world, f"{path}/{name}", **clocks) == live

    @pytest.mark.parametrize("name", [*LISTS, *PRONOUNCED])
    def test_pages_add_up(self, world: World, name: str) -> None:
        path = eventful(world)
        whole = rows(world, f"{path}/{name}")
        pages = walked(world, f"{path}/{name}?limit=1&as_of={FAR}&known_at={FAR}")
        assert [each for page in pages for each in page] == whole
        assert len(pages) == max(1, len(whole))

    @pytest.mark.parametrize("name", LISTS)
    @pytest.mark.parametrize(
        "query", ["known_at=2020-01-01T00:00:00Z", "as_of=2026-03-02T11:59:59Z",
                  "as_of=2026-03-03T00:00:00Z&known_at=2020-01-01T00:00:00Z"],
    )  # fmt: skip
    def test_before_there_was_an_account_there_is_none(
        self, world: World, name: str, query: str
    ) -> None:
        path = two_days(world)
        assert refusal(world.get(f"{path}/{name}?{query}")) == (404, "not-found")

    @pytest.mark.parametrize("name", LISTS)
    def test_of_another_trader_is_not_found(self, world: World, name: str) -> None:
        path = f"{two_days(world)}/{name}?as_of={FAR}"
        assert world.get(path, "trader", TRADER).status_code == 200
        hidden = world.get(path, "trader", OTHER)
        assert refusal(hidden) == (404, "not-found")
        own = path.partition("acc_")[2].partition("/")[0]
        nowhere = world.get(path.replace(own, str(OTHER)), "trader", OTHER)
        assert hidden.json()["detail"].replace(own, str(OTHER)) == nowhere.json()["detail"]

    @pytest.mark.parametrize("name", [*LISTS, *PRONOUNCED, "payouts/p-1"])
    @pytest.mark.parametrize("clock", CLOCKS)
    @pytest.mark.parametrize("moment", ["now", "2026-03-02", "2026-03-02T12:00:00", "", "17724528"])
    def test_what_is_no_moment_is_refused(
        self, world: World, name: str, clock: str, moment: str
    ) -> None:
        answer = world.get(f"{world.opened()}/{name}?{clock}={moment}")
        assert refusal(answer) == (422, "invalid-request")
