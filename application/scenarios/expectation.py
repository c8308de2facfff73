"""Comparing what a step expects with what it gave: a subset, decimals as numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from domain.documents import Place

_DECIMAL = re.compile(r"-?\d+(\.\d+)?", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One expectation that does not hold."""

    step: int
    pointer: str
    expected: Any
    actual: Any


def failures_of(step: int, expect: Place, result: dict[str, Any]) -> list[Failure]:
    """Every expectation of a step that its result does not meet."""
    return list(_differences(step, expect, result))


def _differences(step: int, expect: Place, actual: object) -> Iterator[Failure]:
    wanted = expect.value
    if isinstance(wanted, dict) and isinstance(actual, dict):
        for key in wanted:
            inner = expect.member(key)
            if key in actual:
                yield from _differences(step, inner, actual[key])
            else:
                yield _failure(step, inner, "(no such key in the result)")
    elif isinstance(wanted, list) and isinstance(actual, list):
        if len(wanted) != len(actual):
            yield _failure(step, expect, actual)
            return
        for index, inner in enumerate(expect.items(at_most=len(wanted))):
            yield from _differences(step, inner, actual[index])
    elif not _same(wanted, actual):
        yield _failure(step, expect, actual)


def _failure(step: int, expect: Place, actual: object) -> Failure:
    return Failure(step=step, pointer=expect.pointer, expected=expect.value, actual=actual)


def _same(wanted: object, actual: object) -> bool:
    if isinstance(wanted, bool) or isinstance(actual, bool):
        return wanted is actual
    left, right = _number(wanted), _number(actual)
    if left is not None and right is not None:
        return left == right
    return wanted == actual


def _number(value: object) -> Decimal | None:
    if isinstance(value, (int, str)) and _DECIMAL.fullmatch(str(value)):
        return Decimal(str(value))
    return None
