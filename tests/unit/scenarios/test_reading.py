"""A file that is no scenario is refused, with the JSON pointer of its fault."""

import json
from typing import Any

import pytest

from application.scenarios.format import read_scenario
from application.scenarios.runner import run_scenario
from domain.documents import Unreadable
from tests.unit.scenarios.samples import (
    DAY,
    EQUITY,
    ES_FILL,
    ES_TRADE,
    NEWS,
    ORDER,
    STEPS,
    document,
    without,
)


def pointer_of(text: str) -> object:
    with pytest.raises(Unreadable) as refusal:
        run_scenario(read_scenario(text))
    assert refusal.value.sentence.endswith(".")
    return refusal.value.facts["pointer"]


@pytest.mark.parametrize("kind", sorted(STEPS))
def test_each_kind_of_step_is_read(kind: str) -> None:
    (step,) = read_scenario(json.dumps(document({kind: STEPS[kind]}))).steps
    assert step.kind == kind


@pytest.mark.parametrize("kind", sorted(STEPS))
def test_an_unknown_key_of_a_step_is_refused(kind: str) -> None:
    step = {kind: {**STEPS[kind], "comment": "x"}}
    assert pointer_of(json.dumps(document(step))) == f"/steps/0/{kind}/comment"


@pytest.mark.parametrize(
    ("kind", "key"), [(kind, key) for kind, step in STEPS.items() for key in step if key != "fees"]
)
def test_a_missing_key_of_a_step_is_refused(kind: str, key: str) -> None:
    step = {kind: without(STEPS[kind], key)}
    assert pointer_of(json.dumps(document(step))) == f"/steps/0/{kind}/{key}"


@pytest.mark.parametrize(
    ("step", "pointer"),
    [
        ({"equity": {**EQUITY, "open_pnl": 5.0}}, "/steps/0/equity/open_pnl"),
        ({"equity": {**EQUITY, "open_pnl": 5}}, "/steps/0/equity/open_pnl"),
        ({"equity": {**EQUITY, "open_pnl": "5.00001"}}, "/steps/0/equity/open_pnl"),
        ({"equity": {**EQUITY, "at": "2026-03-02T10:00:00"}}, "/steps/0/equity/at"),
        ({"equity": {**EQUITY, "at": "2026-02-30T10:00:00Z"}}, "/steps/0/equity/at"),
        ({"equity": {**EQUITY, "at": "1999-03-02T10:00:00Z"}}, "/steps/0/equity/at"),
        ({"day": {**DAY, "net_pnl": 1.5}}, "/steps/0/day/net_pnl"),
        ({"order": {**ORDER, "stop_ticks": 5}}, "/steps/0/order"),
        ({"order": {**ORDER, "stop_ticks": 5, "target_ticks": 0}}, "/steps/0/order/target_ticks"),
        ({"day": {**DAY, "date": "2026-03-01"}}, "/steps/0/day/date"),
        ({"day": {**DAY, "low": "6.00", "high": "5.00"}}, "/steps/0/day/low"),
        ({"trade": {**ES_TRADE, "quantity": 1.0}}, "/steps/0/trade/quantity"),
        ({"trade": {**ES_TRADE, "quantity": 0}}, "/steps/0/trade/quantity"),
        ({"trade": {**ES_TRADE, "entry_price": 5000.0}}, "/steps/0/trade/entry_price"),
        ({"trade": {**ES_TRADE, "entry_price": "5000.10"}}, "/steps/0/trade/entry_price"),
        ({"trade": {**ES_TRADE, "symbol": "XXH6"}}, "/steps/0/trade/symbol"),
        ({"trade": {**ES_TRADE, "side": "buy"}}, "/steps/0/trade/side"),
        ({"trade": {**ES_TRADE, "fees": "-1.00"}}, "/steps/0/trade/fees"),
        ({"trade": {**ES_TRADE, "exited_at": "2026-03-02T15:00:00Z"}}, "/steps/0/trade"),
        ({"fill": {**ES_FILL, "side": "long"}}, "/steps/0/fill/side"),
        ({"order": {**ORDER, "quantity": 10_001}}, "/steps/0/order/quantity"),
        ({"news": {**NEWS, "symbols": ["XX"]}}, "/steps/0/news/symbols/0"),
        ({"equity": EQUITY, "order": ORDER}, "/steps/0"),
        ({}, "/steps/0"),
        ({"expect": {}}, "/steps/0"),
        ({"equity": EQUITY, "expect": []}, "/steps/0/expect"),
        ({"equity": EQUITY, "expect": {"balance": 50000.0}}, "/steps/0/expect/balance"),
        (
            {"equity": EQUITY, "expect": {"violations": [{"limit": 1.5}]}},
            "/steps/0/expect/violations/0/limit",
        ),
        ({"split": EQUITY}, "/steps/0/split"),
        ([], "/steps/0"),
    ],
)
def test_a_fault_in_a_step_is_named_by_its_pointer(step: Any, pointer: str) -> None:
    assert pointer_of(json.dumps(document(step))) == pointer


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"title": None}, "/title"),
        ({"title": " "}, "/title"),
        ({"title": "a\u0000b"}, "/title"),
        ({"title": "\ud800"}, "/title"),
        ({"rules": {}}, "/rules/starting_balance"),
        ({"rules": {"starting_balance": 50000.0}}, "/rules/starting_balance"),
        ({"steps": {}}, "/steps"),
        ({"author": "x"}, "/author"),
        ({"a/b~c": 1}, "/a~1b~0c"),
    ],
)
def test_a_fault_around_the_steps_is_named_by_its_pointer(
    change: dict[str, Any], pointer: str
) -> None:
    assert pointer_of(json.dumps({**document(), **change})) == pointer


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "[1, 2", '{"title": NaN}', '{"a": Infinity}', '{"a": 1, "a": 2}',
        '{"\\ud800": 1}', "[" * 100_000, '{"a": ' + "9" * 5_000 + "}",
    ],
    ids=["empty", "cut", "list", "nan", "infinity", "twice", "half a character", "deep", "long"],
)  # fmt: skip
def test_what_is_not_json_is_refused_as_a_whole(text: str) -> None:
    assert pointer_of(text) == ""


def test_bytes_that_are_not_utf8_are_refused() -> None:
    with pytest.raises(Unreadable, match="UTF-8"):
        read_scenario(b'{"title": "\xff"}')


def test_a_step_that_cannot_happen_is_refused_by_its_pointer() -> None:
    steps = [{"day": DAY}, {"equity": EQUITY}]
    assert pointer_of(json.dumps(document(*steps))) == "/steps/1/equity"


def test_an_absent_or_null_rule_does_not_apply() -> None:
    with_nulls = document({"day": DAY}, max_loss=None, daily_loss=None, payout=None)
    assert read_scenario(json.dumps(with_nulls)).pack == read_scenario(json.dumps(document())).pack
