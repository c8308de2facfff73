"""The firm's programs: every assumption that is written down is the one that is made."""

from collections.abc import Iterator
from functools import reduce
from importlib.resources import files
from json import loads
from typing import Any

import pytest

from application.plans.catalogue import Decision, program, program_names


def decided() -> Iterator[Any]:
    for name in program_names():
        for decision in program(name).decisions:
            yield pytest.param(name, decision, id=f"{name}{decision.pointer}")


def at(document: Any, pointer: str) -> Any:
    """What stands at a JSON pointer; None where nothing does."""

    def step(value: Any, key: str) -> Any:
        if isinstance(value, list):
            return value[int(key)]
        return None if value is None else value.get(key)

    return reduce(step, pointer.split("/")[1:], document)


@pytest.mark.parametrize(("name", "decision"), list(decided()))
def test_an_assumption_is_what_the_program_says(name: str, decision: Decision) -> None:
    text = files("domain.rules").joinpath("programs", f"{name}.json").read_text()
    assert at(loads(text), decision.pointer) == decision.value


@pytest.mark.parametrize("name", program_names())
def test_every_pack_is_flat_over_the_weekend_and_closes_no_news(name: str) -> None:
    for pack in program(name).packs.values():
        assert pack.session is not None
        told = pack.session.overnight, pack.session.weekend, pack.session.effect
        assert told == ("allowed", "forbidden", "flag")
        assert (pack.session.flat_by, pack.news, pack.inactivity_days) == (None, None, None)
