"""Reading rule packs: defaults, faults by their pointer, and the canonical form."""

from datetime import time
from decimal import Decimal
from typing import Any

import pytest

from domain.documents import Unreadable
from domain.rules.canonical import decimal_text, document_of, hash_of
from tests.support.builders import pack_of

LOSS = {"mode": "static", "amount": "2000.00"}


def test_a_pack_needs_a_starting_balance_and_nothing_else() -> None:
    pack = pack_of()
    assert (pack.name, pack.phase, pack.hedging) == ("unnamed", "evaluation", "allowed")
    assert (pack.max_loss, pack.daily_loss, pack.payout, pack.scaling) == (None, None, None, ())


def test_the_defaults_are_those_of_the_format() -> None:
    pack = pack_of(
        max_loss=LOSS, daily_loss={"amount": "1.00", "effect": "fail"}, position_limits={},
        consistency={"limit": "0.5"}, session={}, payout={},
    )  # fmt: skip
    assert pack.max_loss
    assert (pack.max_loss.breach, pack.max_loss.basis) == ("at_or_below", "equity")
    assert pack.daily_loss
    assert (pack.daily_loss.measured_from, pack.daily_loss.basis) == ("day_start_balance", "equity")
    assert pack.position_limits
    limits = pack.position_limits
    assert (limits.effect, limits.mini_units, limits.micro_units) == ("flag", 10, 1)
    assert (limits.others, limits.mixed_sizes) == ("allowed", "allowed")
    assert pack.payout
    assert not pack.payout.freeze_while_pending


@pytest.mark.parametrize(
    ("rules", "pointer"),
    [
        ({"max_loss": {"mode": "static"}}, "/max_loss"),
        ({"max_loss": {**LOSS, "fraction_of_peak": "0.05"}}, "/max_loss"),
        ({"max_loss": {**LOSS, "mode": "trailing"}}, "/max_loss/mode"),
        ({"max_loss": {**LOSS, "amount": "0.00"}}, "/max_loss/amount"),
        ({"max_loss": {**LOSS, "amount": "50000.00"}}, "/max_loss/amount"),
        ({"max_loss": {**LOSS, "after_first_payout": "start"}}, "/max_loss/after_first_payout"),
        ({"max_loss": {"amount": "1.00"}}, "/max_loss/mode"),
        ({"daily_loss": {"amount": "1.00"}}, "/daily_loss/effect"),
        ({"daily_loss": {"amount": "1.00", "effect": "flag"}}, "/daily_loss/effect"),
        ({"daily_loss": {"effect": "fail"}}, "/daily_loss"),
        ({"consistency": {"limit": "40"}}, "/consistency/limit"),
        ({"consistency": {"limit": "0.4", "of": "profit_target"}}, "/consistency/of"),
        ({"consistency": {"limit": "0.4", "effect": "raise_target"}}, "/consistency/effect"),
        ({"minimum_trading_days": -1}, "/minimum_trading_days"),
        ({"maximum_trading_days": 0}, "/maximum_trading_days"),
        ({"position_limits": {"per_symbol": {"ESH6": 1}}}, "/position_limits/per_symbol/ESH6"),
        ({"position_limits": {"per_symbol": {"ES": -1}}}, "/position_limits/per_symbol/ES"),
        ({"position_limits": {"mini_units": 0}}, "/position_limits/mini_units"),
        ({"scaling": [{"profit_above": "0.00"}]}, "/scaling/0/total_units"),
        ({"scaling": [{"profit_above": "0.00", "total_units": n} for n in (1, 2)]}, "/scaling"),
        ({"session": {"flat_by": "3pm"}}, "/session/flat_by"),
        ({"news": {"minutes_before": 2}}, "/news/minutes_after"),
        ({"hedging": True}, "/hedging"),
        ({"news": {"minutes_before": 2, "minutes_after": 10_081}}, "/news/minutes_after"),
        ({"inactivity_days": 0}, "/inactivity_days"),
        ({"inactivity_days": 3_651}, "/inactivity_days"),
        ({"open_loss": {}}, "/open_loss/fraction"),
        ({"open_loss": {"fraction": "30"}}, "/open_loss/fraction"),
        ({"open_loss": {"fraction": "0.3", "raised_above": "1.00"}}, "/open_loss"),
        ({"open_loss": {"fraction": "0.3", "raised_fraction": "0.5"}}, "/open_loss"),
        ({"open_loss": {"fraction": "0.3", "base_at_least": "0.00"}}, "/open_loss/base_at_least"),
        ({"open_loss": {"fraction": "0.3", "effect": "warn"}}, "/open_loss/effect"),
        ({"stop_to_target_max": 5}, "/stop_to_target_max"),
        ({"stop_to_target_max": "0"}, "/stop_to_target_max"),
        ({"phase": "phase_2"}, "/phase"),
        ({"payout": {"trader_share": []}}, "/payout/trader_share"),
        (
            {"payout": {"trader_share": [{"from_payout": 2, "share": "0.9"}]}},
            "/payout/trader_share",
        ),
        (
            {"payout": {"trader_share": [{"from_payout": 1, "share": "0.9"}] * 2}},
            "/payout/trader_share",
        ),
        (
            {"payout": {"share_bands": [{"up_to_total": "9.00", "share": "1"}]}},
            "/payout/share_bands",
        ),
        (
            {
                "payout": {
                    "share_bands": [
                        {"up_to_total": "9.00", "share": "1"},
                        {"up_to_total": "5.00", "share": "0.9"},
                        {"share": "0.8"},
                    ]
                }
            },
            "/payout/share_bands",
        ),
        (
            {
                "payout": {
                    "share_bands": [{"share": "1"}],
                    "trader_share": [{"from_payout": 1, "share": "1"}],
                }
            },
            "/payout/share_bands",
        ),
        ({"payout": {"fraction_of_profit": "50%"}}, "/payout/fraction_of_profit"),
        ({"payout": {"consistency": "0.4"}}, "/payout/consistency"),
        ({"max_los": LOSS}, "/max_los"),
    ],
)
def test_a_fault_is_named_by_its_pointer(rules: dict[str, Any], pointer: str) -> None:
    with pytest.raises(Unreadable) as refusal:
        pack_of(**rules)
    assert refusal.value.facts["pointer"] == pointer


def test_the_canonical_form_writes_defaults_out_and_leaves_absent_rules_out() -> None:
    pack = pack_of(max_loss={**LOSS, "amount": "2000"}, daily_loss=None)
    assert document_of(pack) == {
        "starting_balance": "50000.00",
        "name": "unnamed",
        "phase": "evaluation",
        "hedging": "allowed",
        "max_loss": {
            "mode": "static", "amount": "2000.00", "breach": "at_or_below", "basis": "equity",
        },
    }  # fmt: skip


def test_the_hash_of_a_pack_is_permanent() -> None:
    assert hash_of(pack_of(max_loss=LOSS, name="golden")) == (
        "7a0f95eaa65cc769f98c12a571d3b24cfa9cc7b10f6631f5fbbf6a31fc395350"
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"max_loss": LOSS}, {"max_loss": {**LOSS, "breach": "at_or_below"}}),
        ({"consistency": {"limit": "0.5"}}, {"consistency": {"limit": "0.50"}}),
        ({"profit_target": "1"}, {"profit_target": "1.0000"}),
        ({"position_limits": {"per_symbol": {}}}, {"position_limits": {}}),
        (
            {"position_limits": {"per_symbol": {"ES": 1, "CL": 2}}},
            {"position_limits": {"per_symbol": {"CL": 2, "ES": 1}}},
        ),
    ],
)
def test_one_meaning_has_one_hash(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert hash_of(pack_of(**one)) == hash_of(pack_of(**other))


def test_a_name_is_part_of_what_is_pinned() -> None:
    assert hash_of(pack_of(name="a")) != hash_of(pack_of(name="b"))


def test_a_time_of_day_is_kept_to_the_minute() -> None:
    pack = pack_of(payout={"cutoff": "14:00"})
    assert pack.payout
    assert pack.payout.cutoff == time(14)
    assert document_of(pack)["payout"]["cutoff"] == "14:00"


@pytest.mark.parametrize(
    ("value", "plain"), [("0.50", "0.5"), ("1.00", "1"), ("100", "100"), ("5E-7", "0.0000005")]
)
def test_a_ratio_is_written_in_one_way(value: str, plain: str) -> None:
    assert decimal_text(Decimal(value)) == plain
