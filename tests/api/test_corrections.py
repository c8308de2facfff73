"""The past turns out to be another one: what is told, what is shown, and who decides."""

from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from application.exports.exporting import ExportRequest, export_events
from application.exports.recording import command_of, record_export
from application.log import LogSelection
from tests.api.test_account_commands import fill, refusal
from tests.api.test_pagination import walked
from tests.api.world import OTHER, TRADER, World, trade, usd

TUESDAY = {
    "entered_at": "2026-03-03T15:00:00Z",
    "exited_at": "2026-03-03T15:30:00Z",
    "exit_price": "5000.00",
}
LATE = {"entered_at": "2026-03-02T17:00:00Z", "exited_at": "2026-03-02T17:30:00Z"}
BUSTED = {"execution_id": "t-1", "reason": "Busted by the platform"}


def two_days(world: World, **facts: Any) -> str:
    """An account that earned 245.50 on Monday, which is closed, and lost its fees on Tuesday."""
    path = world.opened(**facts)
    world.post(f"{path}/trades", trade())
    world.now = world.now.replace(day=2, hour=23)
    world.post(f"{path}/closes", {"trading_day": "2026-03-02"})
    world.now = world.now.replace(day=3, hour=18)
    world.post(f"{path}/trades", trade("t-2", **TUESDAY))
    return path


def pending(world: World, path: str) -> dict[str, Any]:
    """The one revision that awaits a person."""
    world.catch_up()
    (found,) = world.get(f"{path}/revisions?status=pending").json()["data"]
    return dict(found)


def breached_late(world: World) -> tuple[str, dict[str, Any]]:
    """An account whose Monday turned out to have broken the maximum loss."""
    path = two_days(world)
    late = trade("late", **LATE, exit_price="4950.00")
    assert world.post(f"{path}/trades", late).status_code == 202
    world.catch_up()
    found = world.get(f"{path}/revisions").json()["data"]
    return path, next(each for each in found if each["rule"] == "max_loss")


def decide(
    world: World, path: str, revision: int, decision: str, *, tag: str | None = None
) -> tuple[int, str]:
    """The status, and the code or whether something was recorded."""
    seen = tag or world.get(path).headers["ETag"]
    body = {"decision": decision, "reason": "Looked at"}
    answer = world.post(f"{path}/revisions/{revision}/decisions", body, If_Match=seen)
    document = answer.json()
    return answer.status_code, document.get("code", str(document.get("recorded")))


class TestReports:
    def test_a_void_of_a_closed_day_takes_its_money_out(self, world: World) -> None:
        path = two_days(world)
        answer = world.post(f"{path}/voids", BUSTED)
        assert (answer.status_code, answer.json()["recorded"]) == (202, True)
        world.catch_up()
        assert world.get(path).json()["balance"] == usd("49995.5000")
        (monday,) = world.get(f"{path}/snapshots").json()["data"]
        assert (monday["net"], monday["balance"]) == (usd("0.0000"), usd("50000.0000"))
        voided = world.get(f"{path}/trades").json()["data"][-1]
        assert (voided["id"], voided["void_reason"]) == ("t-1", BUSTED["reason"])

    def test_told_again_it_changes_nothing(self, world: World) -> None:
        path = two_days(world)
        world.post(f"{path}/voids", BUSTED)
        assert world.post(f"{path}/voids", BUSTED).json()["recorded"] is False

    def test_a_late_fill_finds_its_place_by_the_ordinary_way(self, world: World) -> None:
        path = two_days(world)
        bought = fill("f-1", executed_at="2026-03-02T18:00:00Z")
        sold = fill("f-2", action="sell", price="5010.25", executed_at="2026-03-02T18:10:00Z")
        for each in (bought, sold, sold):
            assert world.post(f"{path}/fills", each).status_code == 202
        world.catch_up()
        (monday,) = world.get(f"{path}/snapshots").json()["data"]
        assert monday["net"] == usd("741.0000")
        fills = world.get(f"{path}/trades?kind=fill").json()["data"]
        assert [each["gross"] for each in fills] == [usd("500.0000"), usd("0.0000")]

    def test_a_corrected_trade_counts_instead_of_the_first(self, world: World) -> None:
        path = two_days(world)
        corrected = {"trade": trade(exit_price="5001.00"), "reason": "A wrong price"}
        answer = world.post(f"{path}/trade-corrections", corrected)
        assert (answer.status_code, answer.json()["recorded"]) == (202, True)
        assert world.post(f"{path}/trade-corrections", corrected).json()["recorded"] is False
        world.catch_up()
        assert world.get(path).json()["balance"] == usd("50041.0000")
        (first,) = world.get(f"{path}/trades?trading_day=2026-03-02").json()["data"]
        assert (first["exit_price"], first["net"]) == ("5001", usd("45.5000"))

    def test_a_corrected_fill_counts_instead_of_the_first(self, world: World) -> None:
        path = two_days(world)
        world.post(f"{path}/fills", fill(executed_at="2026-03-03T16:00:00Z"))
        changed = fill(executed_at="2026-03-03T16:00:00Z", quantity=2)
        answer = world.post(f"{path}/fill-corrections", {"fill": changed, "reason": "It was two"})
        assert (answer.status_code, answer.json()["recorded"]) == (202, True)
        world.catch_up()
        assert world.get(path).json()["positions"] == [
            {"series": "ESH6", "root": "ES", "quantity": 2}
        ]

    def test_what_was_never_booked_cannot_be_replaced(self, world: World) -> None:
        path = two_days(world)
        body = {"trade": trade("t-9"), "reason": "None"}
        assert refusal(world.post(f"{path}/trade-corrections", body)) == (409, "nothing-to-replace")

    def test_names_the_place_of_the_fault(self, world: World) -> None:
        body = {"trade": trade(exit_price="5000.10"), "reason": "Off"}
        answer = world.post(f"{two_days(world)}/trade-corrections", body)
        assert refusal(answer) == (422, "price-off-tick")
        assert answer.json()["errors"][0]["pointer"] == "/trade/exit_price"

    def test_a_stale_version_is_refused(self, world: World) -> None:
        path = two_days(world)
        body = {"trade": trade(exit_price="5001.00"), "reason": "A wrong price"}
        answer = world.post(f"{path}/trade-corrections", body, If_Match='"1"')
        assert refusal(answer) == (412, "stale-version")


class TestRevisions:
    def test_an_outcome_awaits_a_person(self, world: World) -> None:
        path, revision = breached_late(world)
        account = world.get(path).json()
        assert (account["status"], account["ended_by"]) == ("active", None)
        assert (revision["status"], revision["change"], revision["status_if_applied"]) == (
            "pending", "appears", "failed",
        )  # fmt: skip
        assert revision["trader_id"] == f"trader_{TRADER}"
        listed = world.get("/v1/revisions?status=pending").json()["data"]
        assert revision in listed

    def test_applied_it_ends_the_account_and_has_a_certificate(self, world: World) -> None:
        path, revision = breached_late(world)
        assert decide(world, path, revision["revision"], "applied") == (202, "True")
        world.catch_up()
        account = world.get(path).json()
        assert (account["status"], account["ended_by"]) == ("failed", "max_loss")
        found = world.get(f"{path}/revisions?status=applied").json()["data"]
        assert [each["decision_reason"] for each in found] == ["Looked at"]
        verdicts = world.get(f"{path}/verdicts").json()["data"]
        assert (verdicts[0]["kind"], verdicts[0]["ends_account"]) == ("revision", True)
        made = world.get(f"{path}/verdicts/{verdicts[0]['verdict']}/certificate").json()
        assert made["corrected"]["revision"]["facts"]["rule"] == "max_loss"

    def test_dismissed_it_leaves_the_account_as_it_was_pronounced(self, world: World) -> None:
        path, revision = breached_late(world)
        assert decide(world, path, revision["revision"], "dismissed") == (202, "True")
        world.catch_up()
        assert world.get(path).json()["status"] == "active"
        assert world.get(f"{path}/verdicts").json()["data"][0]["ends_account"] is False

    def test_decided_twice_it_stands(self, world: World) -> None:
        path, revision = breached_late(world)
        number = revision["revision"]
        decide(world, path, number, "dismissed")
        world.catch_up()
        assert decide(world, path, number, "dismissed") == (202, "False")
        assert decide(world, path, number, "applied") == (409, "revision-decided-already")

    def test_what_changed_since_it_was_seen_is_looked_at_again(self, world: World) -> None:
        path, revision = breached_late(world)
        seen = world.get(path).headers["ETag"]
        world.post(f"{path}/voids", {"execution_id": "t-2", "reason": "Busted"})
        number = revision["revision"]
        assert decide(world, path, number, "applied", tag=seen) == (412, "stale-version")

    def test_a_decision_names_what_was_seen(self, world: World) -> None:
        path, revision = breached_late(world)
        body = {"decision": "applied", "reason": "Unseen"}
        answer = world.post(f"{path}/revisions/{revision['revision']}/decisions", body)
        assert refusal(answer) == (428, "version-required")

    def test_what_is_no_revision_is_refused(self, world: World) -> None:
        path, _ = breached_late(world)
        assert decide(world, path, 1, "applied") == (404, "revision-unknown")

    def test_one_that_a_later_correction_removes_needs_nobody(self, world: World) -> None:
        path, _ = breached_late(world)
        world.post(f"{path}/voids", {"execution_id": "late", "reason": "Never traded"})
        world.catch_up()
        shown = world.get(f"{path}/revisions").json()["data"]
        assert {each["status"] for each in shown} == {"overtaken"}
        assert world.get(path).json()["status"] == "active"

    def test_pages_add_up_and_filters_hold(self, world: World) -> None:
        for _ in range(3):
            path, revision = breached_late(world)
        decide(world, path, revision["revision"], "dismissed")
        world.catch_up()
        whole = world.get("/v1/revisions?limit=200").json()["data"]
        pages = walked(world, "/v1/revisions?limit=1")
        assert [each for page in pages for each in page] == whole
        shown = world.get("/v1/revisions?status=dismissed&limit=200").json()["data"]
        assert shown == [each for each in whole if each["status"] == "dismissed"]
        assert refusal(world.get("/v1/revisions?status=settled")) == (422, "invalid-request")

    def test_are_staffs_as_a_whole_and_a_traders_by_account(self, world: World) -> None:
        path, _ = breached_late(world)
        assert refusal(world.get("/v1/revisions", "trader")) == (403, "not-permitted")
        assert world.get(f"{path}/revisions", "trader", TRADER).status_code == 200
        for name in ("revisions", "restatements"):
            hidden = world.get(f"{path}/{name}", "trader", OTHER)
            assert refusal(hidden) == (404, "not-found")


class TestRestatements:
    def test_show_what_was_shown_and_what_holds(self, world: World) -> None:
        path = two_days(world)
        world.post(f"{path}/voids", BUSTED)
        world.catch_up()
        rows = world.get(f"{path}/restatements").json()["data"]
        assert [each["subject"] for each in rows] == ["account", "2026-03-02"]
        whole, monday = rows
        assert (whole["before"]["balance_units"], whole["after"]["balance_units"]) == (
            502_410_000, 499_955_000,
        )  # fmt: skip
        assert (monday["before"]["net_units"], monday["after"]["net_units"]) == (2_455_000, 0)
        assert (monday["kind"], monday["execution_id"]) == ("void", "t-1")
        assert monday["reason"] == BUSTED["reason"]
        assert (monday["exports_count"], monday["exports"]) == (0, [])

    def test_pages_add_up(self, world: World) -> None:
        path = two_days(world)
        for number in range(3):
            late = trade(f"late-{number}", **LATE, exit_price="5001.00")
            world.post(f"{path}/trades", late)
        world.catch_up()
        whole = world.get(f"{path}/restatements").json()["data"]
        pages = walked(world, f"{path}/restatements?limit=1")
        assert [each for page in pages for each in page] == whole
        assert len(whole) == 6
        assert whole[0]["correction"] > whole[-1]["correction"]

    def test_of_an_account_without_corrections_there_are_none(self, world: World) -> None:
        path = two_days(world)
        world.catch_up()
        assert world.get(f"{path}/restatements").json()["data"] == []

    def test_name_the_exports_that_hold_what_was_shown(self, world: World, tmp_path: Path) -> None:
        path = two_days(world)
        made = exported(world, tmp_path / "before")
        world.post(f"{path}/voids", BUSTED)
        exported(world, tmp_path / "after")
        world.catch_up()
        whole, monday = world.get(f"{path}/restatements").json()["data"]
        for row, figure in ((whole, "balance"), (monday, "net")):
            (carried,) = row["exports"]
            assert row["exports_count"] == 1
            assert carried["manifest_sha256"] == made
            assert figure in carried["figures"]


def exported(world: World, directory: Path) -> str:
    """The hash of an export of the whole log that was recorded."""
    ledger = world.runtime.ledger
    made = export_events(
        world.runtime.log,
        ExportRequest(selection=LogSelection(), created_at=world.now, created_by="cli:anna"),
        directory,
        record=lambda made: record_export(command_of(made.manifest, made.manifest_sha256), ledger),
    )
    return made.manifest_sha256


class TestTwoClocks:
    def corrected(self, world: World) -> tuple[str, str]:
        """An account whose Monday was taken back, and the moment before that became known."""
        path = two_days(world)
        account = UUID(path.rpartition("acc_")[2])
        log = world.runtime.log
        known = next(reversed([each for each in log.read(after=0, limit=10_000)
                               if each.stream_id == account])).recorded_at  # fmt: skip
        world.post(f"{path}/voids", BUSTED)
        return path, text_of(known)

    def test_what_was_true_by_all_that_is_known_now(self, world: World) -> None:
        path, _ = self.corrected(world)
        then = world.get(f"{path}?as_of=2026-03-02T22:30:00Z").json()
        assert then["balance"] == usd("50000.0000")

    def test_what_was_true_by_what_was_known_then(self, world: World) -> None:
        path, known = self.corrected(world)
        then = world.get(f"{path}?as_of=2026-03-02T22:30:00Z&known_at={known}").json()
        assert then["balance"] == usd("50245.5000")

    def test_what_was_known_then_of_the_present(self, world: World) -> None:
        path, known = self.corrected(world)
        assert world.get(f"{path}?known_at={known}").json()["balance"] == usd("50241.0000")

    def test_the_future_is_the_present(self, world: World) -> None:
        path, _ = self.corrected(world)
        world.catch_up()
        now = {each: world.get(path).json()[each] for each in ("balance", "status", "version")}
        for query in ("known_at=9999-12-31T23:59:59Z", "as_of=9999-12-31T23:59:59Z"):
            then = world.get(f"{path}?{query}").json()
            assert {each: then[each] for each in now} == now

    @pytest.mark.parametrize(
        "query",
        ["known_at=2020-01-01T00:00:00Z", "as_of=2026-01-01T00:00:00Z",
         "as_of=2026-03-03T00:00:00Z&known_at=2020-01-01T00:00:00Z"],
    )  # fmt: skip
    def test_before_there_was_an_account_there_is_none(self, world: World, query: str) -> None:
        path, _ = self.corrected(world)
        assert refusal(world.get(f"{path}?{query}")) == (404, "not-found")

    def test_verdicts_stay_as_they_were_pronounced(self, world: World) -> None:
        path = two_days(world)
        world.post(f"{path}/trades", trade("t-3", **TUESDAY, quantity=3))
        world.catch_up()
        (found,) = world.get(f"{path}/violations").json()["data"]
        for query, shown in (
            (f"as_of={found['effective_at']}", [found]),
            (f"known_at={found['recorded_at']}", [found]),
            (f"as_of=9999-01-01T00:00:00Z&known_at={found['recorded_at']}", [found]),
            ("as_of=2026-03-03T00:00:00Z", []),
            ("known_at=2020-01-01T00:00:00Z", []),
            (f"as_of={found['effective_at']}&known_at=2020-01-01T00:00:00Z", []),
        ):
            assert world.get(f"{path}/violations?{query}").json()["data"] == shown

    def test_what_may_be_paid_out_is_asked_of_then(self, world: World) -> None:
        path, known = self.corrected(world)
        name = f"{path}/payouts/eligibility"
        profit = {
            query: next(each for each in world.get(f"{name}?{query}").json()["rules"]
                        if each["rule"] == "no_profit")["current"]
            for query in ("", "as_of=2026-03-02T22:30:00Z",
                          f"as_of=2026-03-02T22:30:00Z&known_at={known}")
        }  # fmt: skip
        assert list(profit.values()) == ["-4.50", "0.00", "245.50"]
        assert refusal(world.get(f"{name}?as_of=2026-01-01T00:00:00Z")) == (404, "not-found")

    @pytest.mark.parametrize("moment", ["now", "2026-03-02", "1772452800", "", "2026-13-01T00:00Z"])
    @pytest.mark.parametrize("clock", ["as_of", "known_at"])
    def test_what_is_no_moment_is_refused(self, world: World, clock: str, moment: str) -> None:
        path = world.opened()
        for name in ("", "/violations", "/payouts/eligibility"):
            answer = world.get(f"{path}{name}?{clock}={moment}")
            assert refusal(answer) == (422, "invalid-request")


def text_of(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
