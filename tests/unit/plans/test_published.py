"""Reading the firm's texts: every fault is named by its file and its place."""

from pathlib import Path
from typing import Any

import pytest

from application.plans.answers import Percent, agree, shown
from application.plans.published import published_sources, read_source
from domain.documents import Unreadable
from domain.money import USD

HEAD = 'title = "T"\nkind = "public"\ndate = "2026-01-01"\nplace = "p"\n'
STATEMENT = '[[statement]]\nid = "a"\ntopic = "t"\nsays = "s"\n'


class TestAStatement:
    def test_speaks_of_the_programs_it_names(self) -> None:
        text = f'{HEAD}{STATEMENT}programs = ["standard-*"]\nvalue = 5\n'
        (found,) = read_source("a", text).statements
        assert (found.value_for("standard-25k"), found.value_for("advanced-25k")) == (5, None)

    def test_says_the_first_value_that_matches(self) -> None:
        text = f'{HEAD}{STATEMENT}[statement.values]\n"x-*" = "one"\n"*-2" = "two"\n'
        (found,) = read_source("a", text).statements
        said = [found.value_for(name) for name in ("x-2", "y-2", "y-3")]
        assert said == ["one", "two", None]

    def test_has_the_date_of_its_text_unless_it_has_its_own(self) -> None:
        other = STATEMENT.replace('"a"', '"b"')
        text = f'{HEAD}{STATEMENT}value = 1\n{other}value = 1\ndate = "2026-02-03"\n'
        dates = [each.date.isoformat() for each in read_source("a", text).statements]
        assert dates == ["2026-01-01", "2026-02-03"]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("title = ", "a.toml"),
        ('title = "T"\n', "a.toml:/kind"),
        (HEAD, "a.toml:/statement"),
        (f"{HEAD}{STATEMENT}", "a.toml:/statement/0"),
        (f"{HEAD}{STATEMENT}value = 1\nvalues = {{}}\n", "a.toml:/statement/0"),
        (f"{HEAD}{STATEMENT}value = 0.5\n", "a.toml:/statement/0/value"),
        (f"{HEAD}{STATEMENT}value = {{ percent = 'x' }}\n", "a.toml:/statement/0/value"),
        (f"{HEAD}{STATEMENT}value = 1\npointer = 'plan'\n", "a.toml:/statement/0/pointer"),
        (f"{HEAD}{STATEMENT}value = 1\ncolour = 'red'\n", "a.toml:/statement/0/colour"),
        (f"{HEAD}{STATEMENT}value = 1\nalso = {{ value = 1 }}\n", "a.toml:/statement/0/also/says"),
        (HEAD.replace("public", "secret") + STATEMENT + "value = 1\n", "a.toml:/kind"),
        (HEAD.replace("-01-01", "-13-01") + STATEMENT + "value = 1\n", "a.toml:/date"),
    ],
)
def test_a_fault_is_named_by_file_and_place(text: str, place: str) -> None:
    with pytest.raises(Unreadable) as refusal:
        read_source("a", text)
    assert refusal.value.facts["pointer"] == place


def test_one_id_stands_for_one_statement(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.toml").write_text(f"{HEAD}{STATEMENT}value = 1\n")
    with pytest.raises(Unreadable, match=r"the id a stands in a\.toml too"):
        published_sources(tmp_path)


@pytest.mark.parametrize("folder", [".", "missing"])
def test_a_directory_without_texts_is_refused(tmp_path: Path, folder: str) -> None:
    with pytest.raises(Unreadable):
        published_sources(tmp_path / folder)


def test_the_firms_own_texts_are_all_there() -> None:
    assert [each.name for each in published_sources()] == [
        "back-office-seed", "faq-page", "live-faq", "not-published", "payouts-page",
        "platform-programs", "pricing-page", "rules-page",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2000.00", "2000", True), ("0.50", "0.5", True), (5, "5", True), (5, 6, False),
        (None, "absent", True), (None, "allowed", True), ("allowed", "forbidden", False),
        ("present", "anything", True), ("present", {"a": 1}, True), ("present", None, False),
        (True, True, True), (True, 1, False), ({"ES": 2}, {"ES": 2}, True),
        ({"ES": 2}, {"ES": 3}, False), ({"ES": 2}, {"ES": 2, "NQ": 1}, False),
        ("14:00", "14:00", True), ("1.00 a week", "1.00", False),
        ([{"share": "0.9"}], [{"share": "0.90"}], True),
    ],
)  # fmt: skip
def test_answers_agree_when_they_say_the_same(one: Any, other: Any, *, same: bool) -> None:
    assert agree(one, other) is same
    assert agree(other, one) is same


def test_a_percentage_makes_an_exact_amount() -> None:
    assert Percent("5.33").amount_of(USD.of("150000.00")) == "7995.00"


def test_an_answer_is_shown_in_words() -> None:
    assert shown({"ES": 2, "NQ": None}) == "ES 2, NQ absent"
    assert (shown([True, "a"]), shown([]), shown(None)) == ("yes; a", "", "absent")
