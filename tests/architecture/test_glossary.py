"""The glossary knows every word that the domain uses, and promises none that it does not."""

import re
from collections.abc import Iterator
from dataclasses import fields
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest

from domain.accounts.payout_grounds import OTHER_GROUNDS, REJECTION_CODES
from domain.accounts.state import Status
from domain.money import USD
from domain.rules import pack
from domain.rules.exposure import Exceeded
from domain.rules.payouts import PayoutFacts, answer_payout
from tests.architecture.test_topics import AGGREGATES, BY_TOPIC, EVENTS

GLOSSARY = (Path(__file__).parents[2] / "docs" / "reference" / "glossary.md").read_text()
WORDS = set(re.findall(r"`([^`\n]+)`", GLOSSARY))
PACK_CLASSES = [
    kind
    for kind in vars(pack).values()
    if isinstance(kind, type) and kind.__module__ == pack.__name__
]


def keys() -> Iterator[str]:
    """Every key that a rule pack may have."""
    for kind in PACK_CLASSES:
        for each in fields(kind):
            yield each.metadata.get("key", each.name)


def choices(hint: Any) -> Iterator[str]:
    """The words a value may be, wherever a Literal stands in its type."""
    for each in get_args(hint):
        if isinstance(each, str):
            yield each
        else:
            yield from choices(each)


def options() -> set[str]:
    """Every word that a key of a rule pack may have for its value."""
    hints = [hint for kind in PACK_CLASSES for hint in get_type_hints(kind).values()]
    return {word for hint in hints for word in choices(hint)}


@pytest.mark.parametrize("kind", [*EVENTS, *AGGREGATES], ids=lambda kind: kind.__name__)
def test_an_event_or_aggregate_stands_in_the_glossary_with_its_topic(kind: type) -> None:
    assert f"| `{kind.__name__}` | `{vars(kind)['TOPIC']}` | " in GLOSSARY


def test_the_glossary_promises_no_event_that_is_not_there() -> None:
    owners = tuple(f"{vars(kind)['TOPIC']}." for kind in AGGREGATES)
    assert {word for word in WORDS if word.startswith(owners)} == set(BY_TOPIC)


@pytest.mark.parametrize("key", sorted(set(keys())))
def test_a_key_of_a_rule_pack_stands_in_the_glossary(key: str) -> None:
    assert key in WORDS


@pytest.mark.parametrize("word", sorted(options()))
def test_a_value_of_a_rule_pack_stands_in_the_glossary(word: str) -> None:
    assert word in WORDS


@pytest.mark.parametrize("status", get_args(Status))
def test_a_status_stands_in_the_glossary(status: str) -> None:
    assert f"| `{status}` |" in GLOSSARY


@pytest.mark.parametrize("rule", sorted(choices(get_type_hints(Exceeded)["rule"])))
def test_a_rule_on_what_is_open_stands_in_the_glossary(rule: str) -> None:
    assert f"| `{rule}` |" in GLOSSARY


def test_the_reasons_against_a_payout_stand_in_the_glossary() -> None:
    rule = pack.PayoutRule(
        minimum=USD(2), winning_days=pack.WinningDays(threshold=USD(1), required=1),
        minimum_trading_days=1, buffer=USD(1), consistency=Decimal("0.5"), count_per_month=0,
    )  # fmt: skip
    nothing = PayoutFacts(
        phase="evaluation", active=False, profit=USD(-1), open_contracts=1, winning_days=0,
        trading_days=0, profit_since=USD(-1), best_day_since=USD(1), day_profit=USD(-1),
        month_count=0, month_total=USD(0), pending=USD(1), paid_count=0, paid_out=USD(0),
    )  # fmt: skip
    reasons = answer_payout(rule, nothing, USD(1)).reasons
    assert len(reasons) == 11
    assert set(reasons) <= WORDS


@pytest.mark.parametrize("code", sorted(REJECTION_CODES))
def test_a_ground_of_a_rejection_stands_in_the_glossary(code: str) -> None:
    assert code in WORDS


@pytest.mark.parametrize(("code", "meaning"), sorted(OTHER_GROUNDS.items()))
def test_a_ground_means_what_the_glossary_says(code: str, meaning: str) -> None:
    assert f"| `{code}` | {meaning[0].upper()}{meaning[1:]}. |" in GLOSSARY


@pytest.mark.parametrize("status", ["requested", "approved", "rejected", "cancelled", "paid"])
def test_the_status_of_a_payout_stands_in_the_glossary(status: str) -> None:
    assert f"| `{status}` |" in GLOSSARY
