"""Each read model, given what happened to one account."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from application.context import CommandContext, acting
from application.news.commands import ScheduleRelease, WithdrawRelease
from application.news.handlers import schedule_release, withdraw_release
from projections.audit_entries import EventNotInLog, Place, audit_entries
from projections.audit_log import FREQUENT, RARE
from tests.integration.projections.projecting import Projecting
from tests.support.builders import OPENED, a_release
from tests.support.histories import PACKS, History, Step, record

MONDAY, TUESDAY = date(2026, 1, 5), date(2026, 1, 6)
TRADE = Step("trade", 2, 4, 5)  # 2 long NQ, which the static pack forbids: 40.00, fees 4.08
ALLOWED = Step("trade", 1, 4, 5)  # 1 long MES: 5.00, fees 2.04
WINNING = Step("result", 1, 20, 1)  # 250.00
LOSING = Step("result", 1, -20, 1)
CLOSE = Step("close", 1, 0, 1)


def told(at_work: Projecting, *steps: Step, pack: str = "static") -> None:
    record(at_work.ledger, [History(pack, steps)])
    at_work.catch_up()


def picked(row: Any, *names: str) -> Sequence[Any]:
    return [row[name] for name in names]


class TestAccounts:
    def test_shows_how_an_account_stands(self, at_work: Projecting) -> None:
        told(at_work, ALLOWED, Step("buy", 1, 0, 1))
        row = at_work.row("accounts")
        assert picked(row, "trader_id", "plan", "phase", "status", "ended_by") == [
            UUID(int=2), "static", "evaluation", "active", None,
        ]  # fmt: skip
        assert picked(row, "balance_units", "net_profit_units", "trades_count") == [
            250_019_400, 19_400, 2,
        ]  # fmt: skip
        assert picked(row, "open_contracts", "violations_count", "trading_days") == [1, 0, 1]
        assert picked(row, "version", "position") == [3, 3]

    def test_keeps_the_pack_it_was_sold_with(self, at_work: Projecting) -> None:
        told(at_work)
        found = at_work.admin.execute(
            "SELECT account_id FROM read.accounts WHERE pack @> %s",
            ('{"max_loss": {"mode": "static", "amount": "1500.00"}}',),
        ).fetchall()
        assert found == [(UUID(int=1),)]
        assert at_work.row("accounts")["pack"]["name"] == PACKS["static"].name

    def test_names_the_rule_that_ended_it(self, at_work: Projecting) -> None:
        told(at_work, *[Step("result", 1, -60, 1)] * 2)
        assert picked(at_work.row("accounts"), "status", "ended_by") == ["failed", "max_loss"]


class TestTrades:
    def test_shows_a_trade_with_the_balance_right_after_it(self, at_work: Projecting) -> None:
        told(at_work, ALLOWED, WINNING)
        trade, result = at_work.rows("trades", order="ledger_seq")
        assert picked(trade, "kind", "trade_id", "symbol", "root", "side", "quantity") == [
            "trade", "t-1", "MESH6", "MES", "long", 1,
        ]  # fmt: skip
        assert picked(trade, "entry_price", "exit_price", "price") == [
            Decimal("5000.25"), Decimal("5001.25"), None,
        ]  # fmt: skip
        assert picked(trade, "gross_units", "fees_units", "net_units", "balance_units") == [
            50_000, 20_400, 29_600, 250_029_600,
        ]  # fmt: skip
        assert picked(result, "kind", "side", "net_units", "balance_units") == [
            "result", None, 2_500_000, 252_529_600,
        ]  # fmt: skip

    def test_shows_what_a_fill_closed(self, at_work: Projecting) -> None:
        told(at_work, Step("buy", 1, 0, 1), Step("sell", 1, 8, 1))
        _, sold = at_work.rows("trades", order="ledger_seq")
        assert picked(sold, "kind", "side", "price", "gross_units") == [
            "fill", "sell", Decimal("5002.0"), 100_000,
        ]  # fmt: skip
        assert sold["metadata"]["closed_quantity"] == 1

    def test_keeps_what_was_taken_back_with_when_and_why(self, at_work: Projecting) -> None:
        told(at_work, ALLOWED)
        told_later = History("static", [ALLOWED, Step("void", 1, 0, 7)])
        record(at_work.ledger, [told_later], first_account=2)
        at_work.catch_up()
        kept, voided = at_work.rows("trades", order="account_id")
        assert picked(kept, "voided_at", "void_reason") == [None, None]
        assert picked(voided, "voided_at", "void_reason") == [
            datetime(2026, 1, 5, 14, 42, tzinfo=UTC), "The platform took it back.",
        ]  # fmt: skip

    def test_marks_a_trade_that_was_taken_back_in_a_later_batch(self, at_work: Projecting) -> None:
        record(at_work.ledger, [History("static", [ALLOWED, Step("void", 1, 0, 7)])])
        at_work.catch_up(batch=1)
        assert at_work.row("trades")["void_reason"] == "The platform took it back."


class TestTradingDays:
    def test_shows_a_day_from_its_first_event_on(self, at_work: Projecting) -> None:
        told(at_work, TRADE, WINNING)
        row = at_work.row("trading_days")
        assert picked(row, "trading_day", "status", "opening_balance_units", "net_units") == [
            MONDAY, "open", 250_000_000, 2_859_200,
        ]  # fmt: skip
        assert picked(row, "closing_balance_units", "executions", "traded", "winning") == [
            None, 2, True, True,
        ]  # fmt: skip
        assert row["violations"] == 1

    def test_shows_final_figures_after_the_close(self, at_work: Projecting) -> None:
        told(at_work, LOSING, TRADE, CLOSE, CLOSE)
        traded, quiet = at_work.rows("trading_days", order="trading_day")
        assert picked(traded, "status", "closing_balance_units", "executions", "winning") == [
            "closed", 247_859_200, 2, False,
        ]  # fmt: skip
        assert traded["violations"] == 1
        assert picked(quiet, "trading_day", "executions", "traded") == [TUESDAY, 0, False]


class TestDailySnapshots:
    def test_shows_the_end_of_each_day(self, at_work: Projecting) -> None:
        told(at_work, LOSING, WINNING, CLOSE, LOSING, CLOSE)
        first, second = at_work.rows("daily_snapshots", order="trading_day")
        names = ("balance_units", "high_equity_units", "low_equity_units", "closest_units")
        assert picked(first, *names) == [250_000_000, 250_000_000, 247_500_000, 12_500_000]
        assert picked(second, *names) == [247_500_000, 250_000_000, 247_500_000, 12_500_000]
        assert picked(second, "floor_units", "next_floor_units") == [235_000_000] * 2
        assert picked(first, "drawdown_units", "net_units") == [0, 0]
        assert picked(second, "drawdown_units", "net_units") == [2_500_000, -2_500_000]


class TestRuleViolations:
    def test_shows_the_witness_of_a_flag(self, at_work: Projecting) -> None:
        told(at_work, TRADE)
        row = at_work.row("rule_violations")
        assert picked(row, "rule", "effect", "severity", "subject", "unit") == [
            "position_limit", "flag", "WARNING", "NQ", "contracts",
        ]  # fmt: skip
        assert picked(row, "violation", "evidence", "observed", "limit_text") == [3, [2], "2", "0"]
        assert row["threshold"] == {"reason": "not_tradable"}

    def test_ranks_by_what_follows(self, at_work: Projecting) -> None:
        told(at_work, Step("result", 1, -80, 1), Step("result", 1, -90, 1), pack="end of day")
        rows = at_work.rows("rule_violations", order="ledger_seq")
        assert [(row["rule"], row["severity"]) for row in rows] == [
            ("daily_loss", "MAJOR"), ("max_loss", "CRITICAL"),
        ]  # fmt: skip


class TestLimitWarnings:
    def test_shows_the_witness_of_a_warning(self, at_work: Projecting) -> None:
        told(at_work, Step("result", 1, -64, 1), Step("result", 1, -8, 1), pack="end of day")
        first, second = at_work.rows("limit_warnings", order="ledger_seq")
        assert picked(first, "warning", "rule", "percent", "used", "unit", "evidence") == [
            3, "daily_loss", 80, "0.8000", "USD", [2],
        ]  # fmt: skip
        assert picked(first, "observed", "limit_text", "trading_day") == [
            "49200.00", "49000.00", MONDAY,
        ]  # fmt: skip
        assert first["threshold"]["start"] == "50000.00"
        assert picked(second, "warning", "percent", "used") == [5, 90, "0.9000"]


class TestRuleState:
    def test_shows_at_which_levels_the_next_warnings_fall(self, at_work: Projecting) -> None:
        told(at_work, Step("result", 1, -64, 1), pack="end of day")
        row = at_work.row("rule_state")
        names = ("basis", "warning_units", "later_warning_units")
        assert picked(row, *(f"max_loss_{name}" for name in names)) == [
            "equity", 484_000_000, 482_000_000,
        ]  # fmt: skip
        assert picked(row, *(f"daily_loss_{name}" for name in names)) == [
            "equity", 491_000_000, None,
        ]  # fmt: skip

    def test_shows_at_which_open_profit_the_open_loss_is_told_of(self, at_work: Projecting) -> None:
        told(at_work, Step("buy", 1, 0, 1), pack="of time")
        assert at_work.row("rule_state")["open_loss_next_units"] == -2_160_000

    def test_shows_no_level_once_the_account_has_ended(self, at_work: Projecting) -> None:
        told(at_work, *[Step("result", 1, -60, 1)] * 2)
        row = at_work.row("rule_state")
        assert picked(row, "max_loss_basis", "max_loss_warning_units") == ["equity", None]
        assert picked(row, "daily_loss_basis", "daily_loss_warning_units") == [None, None]
        assert row["next_steps"] == []

    def test_shows_what_lies_ahead(self, at_work: Projecting) -> None:
        told(at_work, LOSING)
        row = at_work.row("rule_state")
        assert row["binding_rule"] == "max_loss"
        assert [picked(each, "rule", "subject", "left") for each in row["limits"]] == [
            ["max_loss", None, "1250.00"], ["position_limit", "ES", "2"],
            ["position_limit", "MES", "20"],
        ]  # fmt: skip
        assert [picked(each, "root", "contracts") for each in row["largest_sizes"]] == [
            ["ES", 2], ["MES", 20],
        ]  # fmt: skip
        assert [each["text"] for each in row["next_steps"]] == [
            "1,750.00 more net profit reaches the target of 1,500.00.",
            "One more trading day is needed.",
        ]

    def test_shows_the_distance_to_each_limit(self, at_work: Projecting) -> None:
        told(at_work, LOSING, pack="end of day")
        row = at_work.row("rule_state")
        assert picked(row, "floor_units", "floor_left_units", "daily_loss_left_units") == [
            480_000_000, 17_500_000, 7_500_000,
        ]  # fmt: skip
        assert picked(row, "target_units", "target_reached", "consistency_met") == [
            30_000_000, False, False,
        ]  # fmt: skip
        assert picked(row, "closest_units", "closest_day", "trading_day") == [
            17_500_000, MONDAY, MONDAY,
        ]  # fmt: skip

    def test_shows_until_when_an_account_is_locked(self, at_work: Projecting) -> None:
        told(at_work, Step("result", 1, -80, 1), pack="end of day")
        assert picked(at_work.row("rule_state"), "status", "locked_until") == [
            "locked", datetime(2026, 1, 5, 23, tzinfo=UTC),
        ]  # fmt: skip

    def test_shows_no_lock_once_it_fell(self, at_work: Projecting) -> None:
        told(at_work, Step("result", 1, -80, 1), CLOSE, pack="end of day")
        row = at_work.row("rule_state")
        assert picked(row, "status", "locked_until", "trading_day") == ["active", None, None]

    def test_shows_net_positions(self, at_work: Projecting) -> None:
        told(at_work, Step("buy", 1, 0, 1), Step("sell", 2, 0, 1), Step("buy", 3, 0, 1))
        assert at_work.row("rule_state")["positions"] == [
            {"series": "ESH6", "root": "ES", "quantity": -2},
            {"series": "MESH6", "root": "MES", "quantity": 4},
        ]

    def test_shows_nothing_for_rules_that_the_pack_does_not_have(self, at_work: Projecting) -> None:
        told(at_work, LOSING, pack="no rules")
        row = at_work.row("rule_state")
        names = ("floor_units", "daily_floor_units", "target_units", "consistency_met")
        assert picked(row, *names, "closest_units") == [None] * 5


class TestNewsReleases:
    SCHEDULE = ScheduleRelease(release=a_release("cpi", roots=("ES",)), at=OPENED)
    WITHDRAW = WithdrawRelease(month="2026-03", release_id="cpi", reason="Postponed", at=OPENED)

    def test_shows_what_is_scheduled(self, at_work: Projecting) -> None:
        schedule_release(self.SCHEDULE, at_work.ledger)
        at_work.catch_up()
        (row,) = at_work.rows("news_releases", order="ledger_seq")
        assert picked(row, "month", "release_id", "title", "impact", "roots") == [
            "2026-03", "cpi", "CPI", "high", ["ES"],
        ]  # fmt: skip
        assert picked(row, "released_at", "withdrawn_at") == [
            self.SCHEDULE.release.released_at, None,
        ]  # fmt: skip

    @pytest.mark.parametrize("batch", [1, 1_000])
    def test_keeps_what_was_withdrawn(self, at_work: Projecting, batch: int) -> None:
        schedule_release(self.SCHEDULE, at_work.ledger)
        withdraw_release(self.WITHDRAW, at_work.ledger)
        at_work.catch_up(batch=batch)
        (row,) = at_work.rows("news_releases", order="ledger_seq")
        assert picked(row, "withdrawn_at", "withdraw_reason") == [OPENED, "Postponed"]
        assert at_work.differences() == []

    def test_is_told_in_the_audit_log(self, at_work: Projecting) -> None:
        schedule_release(self.SCHEDULE, at_work.ledger)
        withdraw_release(self.WITHDRAW, at_work.ledger)
        at_work.catch_up()
        assert [each.summary for each in at_work.audited()] == [
            "The news calendar of 2026-03 was begun.",
            "The release 'CPI' of high impact on ES was scheduled for 2026-03-02 18:00 UTC.",
            "The release cpi was withdrawn, for this reason: Postponed.",
        ]


class TestAuditLog:
    def test_says_who_did_what_and_why(self, at_work: Projecting) -> None:
        asked = CommandContext(actor="cli:ann", reason="A correction.", request_id="r-9")
        with acting(asked):
            told(at_work, LOSING)
        opened, booked = at_work.audited()
        recorded = booked.recorded
        assert (recorded.actor, recorded.reason, recorded.request_id, recorded.event_type) == (
            "cli:ann", "A correction.", "r-9", "account.result_recorded",
        )  # fmt: skip
        assert (booked.account_id, booked.trader_id) == (UUID(int=1), UUID(int=2))
        assert opened.summary.startswith("The account was opened with $25,000.00")
        assert booked.summary == (
            "A net result of -$250.00 was booked for 2026-01-05; the balance is $24,750.00."
        )

    def test_holds_events_of_streams_that_no_model_knows(self, at_work: Projecting) -> None:
        at_work.append_raw("order.placed")
        at_work.catch_up()
        (entry,) = at_work.audited()
        assert (entry.account_id, entry.trader_id) == (None, None)
        assert entry.summary == "The event order.placed was recorded."

    def test_leaves_types_that_come_all_the_time_out_of_their_index(
        self, at_work: Projecting
    ) -> None:
        """The question says so word for word, or PostgreSQL would not look there."""
        ((said,),) = at_work.admin.execute(
            "SELECT pg_get_expr(indpred, indrelid) FROM pg_index"
            " WHERE indexrelid = 'read.audit_log_by_type'::regclass"
        ).fetchall()
        assert set(re.findall(r"'([a-z_.]+)'", said)) == FREQUENT
        assert set(re.findall(r"'([a-z_.]+)'", RARE)) == FREQUENT
        at_work.admin.execute("SET enable_seqscan = off")
        plan = at_work.admin.execute(
            f"EXPLAIN SELECT ledger_seq FROM read.audit_log WHERE event_type = 'account.failed'"
            f" AND {RARE} ORDER BY ledger_seq DESC LIMIT 51".encode()
        ).fetchall()
        assert "audit_log_by_type" in str(plan)

    def test_refuses_to_tell_of_an_event_that_is_gone(self, at_work: Projecting) -> None:
        told(at_work, LOSING)
        with pytest.raises(EventNotInLog, match="The event 9 of the audit trail") as refused:
            audit_entries(at_work.log, [Place(2, UUID(int=2), 0), Place(9, None, None)])
        assert refused.value.facts == {"ledger_seq": 9}
