"""An expectation is a subset of the result; decimals are compared as numbers."""

from typing import Any

import pytest

from application.scenarios.expectation import failures_of
from domain.documents import Place

RESULT: dict[str, Any] = {
    "balance": "50500.00", "step": 0, "floor": None, "ok": True,
    "consistency": {"ratio": "0.4000", "met": True},
    "violations": [{"rule": "max_loss", "limit": "48400.00"}],
    "reasons": [],
}  # fmt: skip


@pytest.mark.parametrize(
    "expect",
    [
        {},
        {"balance": "50500"},
        {"balance": "50500.0000"},
        {"balance": 50500},
        {"consistency": {"ratio": "0.4"}},
        {"violations": [{"limit": "48400"}]},
        {"violations": [{}]},
        {"floor": None, "reasons": [], "ok": True, "step": 0},
    ],
)
def test_a_subset_that_is_equal_holds(expect: dict[str, Any]) -> None:
    assert failures_of(0, Place(expect, "/e"), RESULT) == []


@pytest.mark.parametrize(
    ("expect", "pointer"),
    [
        ({"balance": "50500.01"}, "/e/balance"),
        ({"balance": None}, "/e/balance"),
        ({"blance": "50500.00"}, "/e/blance"),
        ({"floor": "0.00"}, "/e/floor"),
        ({"ok": 1}, "/e/ok"),
        ({"step": False}, "/e/step"),
        ({"consistency": None}, "/e/consistency"),
        ({"consistency": {"ratio": "0.4001"}}, "/e/consistency/ratio"),
        ({"violations": []}, "/e/violations"),
        ({"violations": [{"rule": "daily_loss"}]}, "/e/violations/0/rule"),
        ({"violations": [{}, {}]}, "/e/violations"),
        ({"reasons": ["locked"]}, "/e/reasons"),
        ({"balance": {}}, "/e/balance"),
    ],
)
def test_a_difference_is_named_by_its_pointer(expect: dict[str, Any], pointer: str) -> None:
    (failure,) = failures_of(3, Place(expect, "/e"), RESULT)
    assert (failure.step, failure.pointer) == (3, pointer)


def test_every_difference_is_found() -> None:
    expect = {"balance": "1", "floor": "2", "consistency": {"met": False, "ratio": "9"}}
    assert len(failures_of(0, Place(expect), RESULT)) == 4
