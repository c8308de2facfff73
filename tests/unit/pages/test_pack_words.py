"""Rule packs in words."""

import json

import pytest

from application.plans.catalogue import program, program_names
from domain.documents import canonical_json
from domain.rules.canonical import document_of
from interfaces.pages.pack_words import rules_in_words, settings_of


@pytest.mark.parametrize("name", program_names())
@pytest.mark.parametrize("phase", ["evaluation", "funded"])
def test_every_program_can_be_told(name: str, phase: str) -> None:
    rules = json.loads(canonical_json(document_of(program(name).pack(phase))))
    sentences = list(rules_in_words(rules))
    assert all(each.endswith(".") and "None" not in each for each in sentences)
    named = {path.partition(".")[0].partition("[")[0] for path, _ in settings_of(rules)}
    assert named == rules.keys()


def test_settings_are_told_by_their_path() -> None:
    rules = {"scaling": [{"profit_above": "0.00", "total_units": 2}], "hedging": "allowed"}
    assert list(settings_of(rules)) == [
        ("hedging", "allowed"),
        ("scaling[0].profit_above", "0.00"),
        ("scaling[0].total_units", "2"),
    ]


def test_a_rule_says_its_numbers() -> None:
    rules = {
        "profit_target": "3000.00",
        "minimum_trading_days": 5,
        "consistency": {"limit": "0.5", "of": "total_profit", "effect": "delay"},
        "daily_loss": {"fraction_of_day_start": "0.02", "from": "highest_close",
                       "basis": "equity", "breach": "below", "effect": "lock_day"},
    }  # fmt: skip
    daily, target, days, consistency = rules_in_words(rules)
    assert daily == (
        "Daily loss: the floor of the day is 0.02 of the highest closing balance below it. When the"
        " equity falls below it, trading is locked until the next session."
    )
    assert target == "Target: a net profit of $3,000.00 passes the evaluation."
    assert days == "Trading days: at least 5 before the account can pass."
    assert consistency == (
        "Consistency: the best day is at most 0.5 of the total profit; until it is so, the account"
        " does not pass."
    )
