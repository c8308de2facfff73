"""What the audit trail says of each event."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, get_args
from uuid import UUID

import pytest

from domain.accounts import events, events_payouts
from domain.accounts.events import AccountEvent
from domain.accounts.events_corrections import HistoryCorrected, RevisionDecided, VerdictRevised
from domain.accounts.events_packs import PackChanged
from domain.accounts.events_warnings import LimitApproached
from domain.money import USD
from projections.sentences import dollars, sentence_of

NOON = datetime(2026, 1, 5, 18, tzinfo=UTC)
DAY = date(2026, 1, 5)
SHARED: Mapping[str, Any] = {
    "trading_day": DAY, "source": "api", "fingerprint": "f", "fees_units": 20_400,
    "symbol": "ESH6", "root": "ES", "quantity": 2, "evidence": (1,), "pack_hash": "h",
    "rule": "max_loss", "reason": "A correction.", "trade_id": "t-1", "fill_id": "f-1",
    "payout_id": "p-1", "net_units": -13_710_000, "open_pnl_units": 125_000,
    "equity_units": 250_125_000, "amount_units": 5_000_000, "trader_share_units": 4_500_000,
    "balance_units": 235_000_000, "trader_id": UUID(int=7), "maximum_units": 20_000_000,
    "rules": (),
}  # fmt: skip
CASES: Mapping[type[AccountEvent], tuple[Mapping[str, Any], str]] = {
    events.AccountOpened: (
        {"plan": "Standard 25K", "phase": "evaluation", "pack": "{}"}
        | {"starting_balance_units": 250_000_000},
        "The account was opened with $25,000.00 on the plan Standard 25K (evaluation).",
    ),
    events.TradeRecorded: (
        {"side": "long", "entry_price": Decimal(5000), "exit_price": Decimal("4999.25")}
        | {"gross_units": -750_000, "reported_units": None}
        | {"entered_at": NOON, "exited_at": NOON},
        ("A long trade of 2 ESH6 from 5000 to 4999.25 lost $75.00, with $2.04 in fees;"
        " the balance is $23,521.44."),
    ),
    events.FillRecorded: (
        {"action": "sell", "price": Decimal("5000.5"), "realised_units": 500_000}
        | {"closed_quantity": 2, "executed_at": NOON},
        ("A sale of 2 ESH6 was filled at 5000.5, closing 2 for $50.00, with $2.04 in fees;"
        " the balance is $23,521.44."),
    ),
    events.ResultRecorded: (
        {"result_id": "r-1"},
        "A net result of -$1,371.00 was booked for 2026-01-05; the balance is $23,521.44.",
    ),
    events.EquityMarked: (
        {"reason": "high"},
        "Open profit was $12.50 and equity $25,012.50, a new high of the session.",
    ),
    events.TradingDayClosed: (
        {"opening_balance_units": 0, "closing_balance_units": 0, "high_equity_units": 0}
        | {"low_equity_units": 0, "floor_units": None, "next_floor_units": None}
        | {"executions": 1, "traded": True},
        ("The trading day 2026-01-05 closed with a net result of -$1,371.00;"
        " the balance is $23,521.44."),
    ),
    HistoryCorrected: (
        {"correction": "late", "execution": "trade", "execution_id": "t-1", "taken_out": None}
        | {"put_in": {}, "marks_left_out": 0, "days": ({}, {}), "fills": (), "before": {}}
        | {"after": {}, "restated": ""},
        ("The trade t-1 of 2026-01-05 came late, and 2 closed days were restated, for this reason:"
        " A correction; the balance is $23,521.44."),
    ),
    VerdictRevised: (
        {"key": "k", "outcome": "breach", "change": "appears", "effect": "fail", "observed": "1"}
        | {"limit": "2", "unit": "USD", "verdict_version": None, "status_if_applied": "failed"}
        | {"in_doubt": True},
        ("By the corrected history the outcome max_loss of 2026-01-05 appears; it awaits a person's"
        " decision. Marks were left out, so this is in doubt."),
    ),
    RevisionDecided: (
        {"revision_version": 9, "key": "k", "decision": "applied", "status_after": "failed"}
        | {"ended_by_after": "max_loss"},
        "The revision 9 was applied, and the account is failed, for this reason: A correction.",
    ),
    events.RuleViolated: (
        {"effect": "flag", "observed": "3", "limit": "2", "unit": "contracts", "subject": "ES"}
        | {"rule": "position_limit", "threshold": {}},
        ("The rule position_limit for ES was broken: 3 contracts against a limit of 2 contracts,"
        " which is flagged."),
    ),
    events.DayLocked: (
        {"until": NOON},
        "Trading is locked until 2026-01-05 18:00 UTC by the rule max_loss.",
    ),
    events.DayUnlocked: ({}, "The lock of 2026-01-05 ended."),
    events.AccountFailed: (
        {},
        ("The account failed by the rule max_loss with a balance of $23,500.00"
        " and an equity of $25,012.50."),
    ),
    events.AccountPassed: (
        {"net_profit_units": 15_000_000, "required_units": 12_500_000, "trading_days": 5}
        | {"required_days": 5, "best_day_units": 0, "consistency_ratio": None},
        ("The account passed with a net profit of $1,500.00 against $1,250.00 required,"
        " in 5 trading days."),
    ),
    events.TradeVoided: (
        {},
        ("The trade t-1 was taken back and $1,371.00 booked, for this reason: A correction;"
        " the balance is $23,521.44."),
    ),
    events.FillVoided: (
        {},
        ("The fill f-1 was taken back and $1,371.00 booked, for this reason: A correction;"
        " the balance is $23,521.44."),
    ),
    PackChanged: (
        {"from_hash": "a" * 64, "pack": "{}", "pack_hash": "b" * 64, "given_by": UUID(int=7)}
        | {"given_at": NOON, "statement": "Yes.", "statement_hash": "c" * 64},
        ("The trader agreed on 2026-01-05 18:00 UTC to the rule pack bbbbbbbbbbbb in the place of"
        " aaaaaaaaaaaa, in force from the next session, for this reason: A correction."),
    ),
    events_payouts.PayoutRequested: (
        {"process_on": DAY},
        "The payout p-1 of $500.00 was requested, $450.00 of it for the trader.",
    ),
    events.ReleaseNoted: (
        {"release_id": "1", "title": "CPI", "released_at": NOON, "impact": "high", "roots": None},
        "The release 'CPI' of high impact on every product was noted for 2026-01-05 18:00 UTC.",
    ),
    LimitApproached: (
        {"percent": 80, "observed": "23800.00", "limit": "23500.00", "unit": "USD"}
        | {"used": "0.8000", "threshold": {}},
        "80 % of the limit of the rule max_loss is used: $23,800.00 against $23,500.00.",
    ),
    events_payouts.PayoutApproved: (
        {},
        "The payout p-1 of $500.00 was approved; $2,000.00 covered it.",
    ),
    events_payouts.PayoutRejected: (
        {"reasons": ("copy_trading", "winning_days"), "explanation": "Trades were copied."},
        "The payout p-1 of $500.00 was rejected (copy_trading, winning_days): Trades were copied.",
    ),
    events_payouts.PayoutCancelled: (
        {},
        "The payout p-1 of $500.00 was taken back by its trader.",
    ),
    events_payouts.PayoutPaid: (
        {"reference": "wire-1"},
        ("The payout p-1 of $500.00 left the account, $450.00 of it to the trader;"
        " the balance is $23,521.44."),
    ),
}  # fmt: skip


def example(kind: type[AccountEvent], facts: Mapping[str, Any]) -> AccountEvent:
    known = {**SHARED, **facts}
    envelope: dict[str, Any] = {
        "originator_id": UUID(int=1),
        "originator_version": 1,
        "timestamp": NOON,
    }
    asked = {name: known[name] for name in kind.__annotations__ if name in known}
    return kind(**envelope, **asked)


class TestSentenceOf:
    @pytest.mark.parametrize("kind", get_args(AccountEvent), ids=lambda kind: kind.__name__)
    def test_says_what_happened_with_its_amounts(self, kind: type[AccountEvent]) -> None:
        facts, sentence = CASES[kind]
        assert sentence_of(example(kind, facts), balance=USD.of("23521.44")) == sentence

    def test_gives_money_a_sign(self) -> None:
        facts = {**CASES[events.RuleViolated][0], "unit": "USD", "observed": "-10.00"}
        violated = example(events.RuleViolated, {**facts, "limit": "2350.5", "subject": None})
        said = sentence_of(violated, balance=USD(0))
        assert "rule position_limit was broken: -$10.00 against a limit of $2,350.50," in said


class TestDollars:
    @pytest.mark.parametrize(
        ("units", "text"),
        [(0, "$0.00"), (78_125, "$7.8125"), (-13_710_000, "-$1,371.00"), (12_345_600, "$1,234.56")],
    )  # fmt: skip
    def test_reads_as_people_write_it(self, units: int, text: str) -> None:
        assert dollars(units) == text
