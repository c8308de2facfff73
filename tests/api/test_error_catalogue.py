"""Every refusal of the five packages has a code, a status, a sentence and a page."""

import re
from collections import defaultdict

import pytest

from domain.errors import DomainError
from interfaces.http.error_pages import every_refusal
from interfaces.http.problem_table import KINDS
from interfaces.http.reference import PACKAGES, errors_page, load_everything

load_everything()
REFUSALS = sorted(
    {each for each in every_refusal() if each.__module__.split(".")[0] in PACKAGES},
    key=lambda each: each.__qualname__,
)
# One fact, told by the account while it remembers it and by the log for ever.
SHARED = {"already-recorded-differently": {"AlreadyRecordedDifferently", "NaturalKeyTaken"}}


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda each: each.__qualname__)
class TestRefusal:
    def test_has_a_status_and_a_remedy(self, refusal: type[DomainError]) -> None:
        kind = KINDS[refusal.code]
        assert 400 <= kind.status < 600
        assert kind.title
        assert kind.remedy.endswith(".")

    def test_says_what_it_means(self, refusal: type[DomainError]) -> None:
        assert "__doc__" in vars(refusal)
        assert refusal.__doc__

    def test_has_a_code_in_kebab_case(self, refusal: type[DomainError]) -> None:
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", refusal.code)

    def test_has_a_page(self, refusal: type[DomainError]) -> None:
        assert f"\n## `{refusal.code}`\n" in errors_page()


def test_no_two_refusals_share_a_code_unawares() -> None:
    named = defaultdict(set)
    for each in REFUSALS:
        named[each.code].add(each.__qualname__)
    assert {code: names for code, names in named.items() if len(names) > 1} == SHARED


def test_no_row_of_the_table_is_left_over() -> None:
    assert KINDS.keys() == {each.code for each in REFUSALS}
