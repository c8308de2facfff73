"""Trades, days, snapshots, violations, the audit trail and the event catalogue."""

import pytest
from psycopg import connect

from application.proofs.findings import Finding
from interfaces.cli.remembering import remembered
from tests.api.test_account_commands import fill
from tests.api.world import OTHER, TRADER, World, trade, usd, world_on
from tests.support.postgres import Database


class TestTrades:
    def test_shows_what_was_booked_and_what_was_claimed(self, world: World) -> None:
        path = world.opened()
        world.post(f"{path}/trades", trade(reported=usd("249.00")))
        world.catch_up()
        (booked,) = world.get(f"{path}/trades").json()["data"]
        assert booked["gross"] == usd("250.0000")
        assert booked["fees"] == usd("4.5000")
        assert booked["net"] == usd("245.5000")
        assert booked["balance"] == usd("50245.5000")
        assert booked["reported"] == usd("249.0000")
        assert (booked["entry_price"], booked["exit_price"]) == ("5000", "5005")
        assert booked["version"] == 2

    def test_tells_fills_from_trades(self, world: World) -> None:
        path = world.opened()
        world.post(f"{path}/trades", trade())
        world.post(f"{path}/fills", fill())
        world.catch_up()
        (booked,) = world.get(f"{path}/trades?kind=fill").json()["data"]
        assert (booked["id"], booked["price"], booked["entry_price"]) == ("f-1", "5000.25", None)
        assert world.get(f"{path}/trades?kind=result").json()["data"] == []


class TestDays:
    def test_shows_the_day_in_progress_and_then_its_close(self, world: World) -> None:
        path = world.opened()
        world.post(f"{path}/trades", trade())
        world.catch_up()
        (day,) = world.get(f"{path}/days").json()["data"]
        assert (day["status"], day["closing_balance"], day["traded"]) == ("open", None, True)
        world.now = world.now.replace(hour=23)
        world.post(f"{path}/closes", {"trading_day": "2026-03-02"})
        world.catch_up()
        (day,) = world.get(f"{path}/days").json()["data"]
        assert (day["status"], day["closing_balance"]) == ("closed", usd("50245.5000"))
        (snapshot,) = world.get(f"{path}/snapshots").json()["data"]
        assert snapshot["floor"] == snapshot["next_floor"] == usd("48000.0000")
        assert snapshot["closest"] == usd("2000.0000")
        assert snapshot["drawdown"] == usd("0.0000")


class TestViolations:
    def test_explains_a_limit_that_was_flagged(self, world: World) -> None:
        path = world.opened()
        world.post(f"{path}/trades", trade(quantity=3))
        world.catch_up()
        (found,) = world.get(f"{path}/violations").json()["data"]
        assert (found["rule"], found["severity"]) == ("position_limit", "WARNING")
        assert found["explanation"] == (
            "3 contracts of ES were open at once, and the plan allows 2; this is put on record and"
            " has no further effect."
        )
        assert world.get(f"{path}/violations/{found['violation']}").json() == found

    def test_explains_what_ended_the_account(self, world: World) -> None:
        path = world.opened()
        world.post(f"{path}/trades", trade(exit_price="4959.90"))
        world.post(f"{path}/trades", trade("t-2", exit_price="4950.00"))
        world.catch_up()
        found = world.get(f"{path}/violations").json()["data"]
        fatal = next(each for each in found if each["rule"] == "max_loss")
        assert fatal["severity"] == "CRITICAL"
        assert fatal["explanation"] == (
            "The equity of $47,495.50 reached or fell below the maximum loss floor of $48,000.00,"
            " the starting balance of $50,000.00 less $2,000.00; this ends the account."
        )
        assert fatal["evidence"]

    @pytest.mark.parametrize("number", ["1", "99", str(2**31 - 1)])
    def test_a_number_that_is_no_violation_is_not_found(self, world: World, number: str) -> None:
        path = world.opened()
        world.catch_up()
        answer = world.get(f"{path}/violations/{number}")
        assert (answer.status_code, answer.json()["code"]) == (404, "not-found")

    @pytest.mark.parametrize("number", ["0", "x", str(2**31)])
    def test_what_is_no_number_is_refused(self, world: World, number: str) -> None:
        answer = world.get(f"{world.opened()}/violations/{number}")
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid-request")


class TestAudit:
    def test_filters_by_account_actor_type_and_time(self, world: World) -> None:
        path = world.opened()
        world.post(f"{path}/trades", trade())
        world.catch_up()
        account = path.rpartition("/")[2]
        whole = world.get(f"/v1/audit?account={account}").json()["data"]
        assert [each["version"] for each in whole] == [2, 1]
        booked, opened = whole
        for query, found in (
            ("actor=admin:alice", whole),
            ("actor=admin:bob", []),
            ("type=account.opened", [opened]),
            (f"from={booked['recorded_at']}", [booked]),
            (f"to={booked['recorded_at']}", [opened]),
        ):
            shown = world.get(f"/v1/audit?account={account}&{query}").json()["data"]
            assert shown == found

    def test_tells_a_trader_no_names_and_no_positions(self, world: World) -> None:
        path = world.opened()
        world.catch_up()
        (entry,) = world.get(f"{path}/audit", "trader", TRADER).json()["data"]
        assert (entry["actor"], entry["ledger_seq"]) == ("admin", None)
        (staff,) = world.get(f"{path}/audit", "compliance").json()["data"]
        assert staff["actor"] == "admin:alice"
        assert staff["ledger_seq"] > 0

    def test_lets_no_trader_guess_a_name(self, world: World) -> None:
        path = world.opened(OTHER)
        world.catch_up()
        guessed = world.get(f"{path}/audit?actor=admin:alice", "trader", OTHER)
        assert guessed.json()["data"] == []
        assert len(world.get(f"{path}/audit?actor=admin", "trader", OTHER).json()["data"]) == 1

    def test_is_closed_to_traders_as_a_whole(self, world: World) -> None:
        answer = world.get("/v1/audit", "trader")
        assert (answer.status_code, answer.json()["code"]) == (403, "not-permitted")


class TestCatalogue:
    def test_lists_the_events_that_accounts_have(self, world: World) -> None:
        shown = {each["type"] for each in world.get("/v1/events/catalogue").json()["data"]}
        assert {"account.opened", "account.trade_recorded", "account.rule_violated"} <= shown
        assert all(each.partition(".")[2] for each in shown)

    def test_has_a_schema_that_the_logs_own_payloads_keep(self, world: World) -> None:
        world.post(f"{world.opened()}/trades", trade())
        for recorded in world.runtime.log.read(after=0, limit=100):
            answer = world.get(f"/v1/events/catalogue/{recorded.event_type}").json()
            assert answer["version"] == recorded.schema_version
            properties = answer["payload_schema"]["properties"]
            assert properties.keys() == keys_of(recorded.payload)
            assert set(answer["payload_schema"]["required"]) == properties.keys()

    def test_does_not_find_a_type_that_is_none(self, world: World) -> None:
        answer = world.get("/v1/events/catalogue/account.sold")
        assert (answer.status_code, answer.json()["code"]) == (404, "not-found")


def keys_of(payload: str) -> set[str]:
    import json

    return set(json.loads(payload))


def test_tables_of_another_release_are_named_until_they_are_rebuilt(database: Database) -> None:
    with world_on(database) as world:
        path = world.opened()
        world.catch_up()
        with connect(database.conninfo, autocommit=True) as owner:
            owner.execute("ALTER TABLE read.audit_log RENAME COLUMN balance_units TO balance")
        for each in ("/v1/audit", f"{path}/audit"):
            answer = world.get(each)
            assert (answer.status_code, answer.json()["code"]) == (503, "read-model-outdated")
            assert "audit_log" in answer.json()["detail"]
        assert world.get(path).status_code == 200
        altered = Finding(kind="altered", sentence="It was altered.", ledger_seq=1)
        assert remembered(world.runtime, [altered]) == {}
