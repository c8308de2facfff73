"""A refusal that no test provokes is a promise nobody has looked at."""

import re
from pathlib import Path

from interfaces.http.error_pages import every_refusal
from interfaces.http.reference import PACKAGES, load_everything

TESTS = Path(__file__).parents[1]


def test_every_refusal_is_provoked_by_a_test() -> None:
    load_everything()
    provoking = "\n".join(
        each.read_text()
        for each in TESTS.rglob("test_*.py")
        if each.parent.name != "architecture" and each.name != "test_error_catalogue.py"
    )
    named = set(re.findall(r"\w+(?:-\w+)*", provoking))
    silent = {
        each.__qualname__
        for each in every_refusal()
        if each.__module__.split(".")[0] in PACKAGES and not {each.code, each.__qualname__} & named
    }
    assert not silent
