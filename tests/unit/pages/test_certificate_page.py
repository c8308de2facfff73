"""The page of a certificate: whole in itself, well formed, and true to the document."""

import re
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from domain.market.calendar import next_trading_day
from interfaces.pages.certificate_page import page_of
from interfaces.pages.rows import ROWS_MAX, ROWS_WHOLE_MAX
from tests.support.builders import MONDAY, TUESDAY, closing, earning, filling, marking, trading
from tests.support.certificates import CODEC, certificate_for, failed, lived, told, verdicts_of
from tests.support.histories import chance, random_history

NASTY = '<script>alert("x")</script>&amp;\u202e\x07'


def parsed(page: str) -> ET.Element:
    """The page read as XML, which is stricter than any browser."""
    kind, _, rest = page.partition("\n")
    assert kind == "<!doctype html>"
    return ET.fromstring(rest)  # noqa: S314 - made here, and of no outside entity.


def texts(page: ET.Element, tag: str) -> list[str]:
    return ["".join(each.itertext()) for each in page.iter() if each.tag.rpartition("}")[2] == tag]


PAGE = page_of(certificate_for(failed()).document, CODEC)


def test_it_says_in_one_sentence_why() -> None:
    (why,) = (each for each in parsed(PAGE).iter("p") if each.get("class") == "why")
    assert "".join(why.itertext()) == (
        "The equity of $48,245.50 reached or fell below the maximum loss floor of $48,245.50,"
        " the highest closing balance of $50,245.50 less $2,000.00; this ends the account."
    )
    assert texts(parsed(PAGE), "h1") == ["The account failed"]


def test_it_shows_the_rules_in_words_and_every_setting() -> None:
    page = parsed(PAGE)
    assert (
        "Maximum loss: the floor is $2,000.00 below the highest closing balance, and rises with it"
        " at a close. When the equity reaches or falls below it, the account is over."
    ) in texts(page, "li")
    assert {"max_loss.amount", "max_loss.mode", "starting_balance"} <= set(texts(page, "dt"))


def test_it_has_a_row_for_each_step() -> None:
    (_, *rows) = parsed(PAGE).iter("tr")
    cells = [["".join(cell.itertext()) for cell in row] for row in rows]
    assert [each[0] for each in cells] == ["1", "2", "3", "4", "5"]
    assert cells[-1][3:] == ["$50,245.50", "$48,245.50", "$48,245.50", "none", "$0.00"]
    assert "The account failed by the rule max_loss" in cells[-1][2]
    assert "5 of 5 steps are shown." in texts(parsed(PAGE), "p")


def test_its_picture_is_told_to_whoever_cannot_see_it() -> None:
    (svg,) = (each for each in parsed(PAGE).iter() if each.tag.endswith("svg"))
    assert svg.get("role") == "img"
    named = str(svg.get("aria-labelledby")).split()
    told_of = {each.get("id"): each.text for each in svg if each.get("id")}
    assert set(named) == told_of.keys()
    assert "at the end equity is $48,245.50; the floor is $48,245.50" in str(
        told_of["picture-desc"]
    )
    labels = texts(svg, "text")
    assert {"$48,000.00", "$50,000.00", "equity", "floor", "verdict"} <= set(labels)
    assert any(re.match(r"2026-03-03", each) for each in labels)


def test_it_needs_nothing_from_elsewhere() -> None:
    page = parsed(PAGE)
    assert {each.tag.rpartition("}")[2] for each in page.iter()} <= {
        "html", "head", "meta", "title", "style", "body", "main", "h1", "h2", "h3", "p", "ul", "li",
        "dl", "dt", "dd", "code", "pre", "figure", "figcaption", "div", "table", "thead", "tbody",
        "tr", "th", "td", "svg", "desc", "line", "text", "polyline", "circle", "g",
    }  # fmt: skip
    assert not [each for each in page.iter() if each.get("src") or each.get("href")]
    assert "url(" not in PAGE
    assert "@import" not in PAGE


def test_it_takes_light_dark_and_paper() -> None:
    (style,) = texts(parsed(PAGE), "style")
    assert "prefers-color-scheme: dark" in style
    assert "@media print" in style


def test_no_text_becomes_markup() -> None:
    page = page_of(certificate_for(failed(plan=NASTY)).document, CODEC)
    assert "<script" not in page
    assert "\u202e" not in page
    assert any(NASTY[:31] in each for each in texts(parsed(page), "dd"))


@pytest.mark.parametrize(
    "rules",
    [
        {"daily_loss": {"amount": "1000.00", "effect": "lock_day"}},
        {"max_loss": {"mode": "realised_trailing", "fraction_of_peak": "0.01"}},
        {"position_limits": {"per_symbol": {"MES": 1}, "others": "forbidden"}},
    ],
)
def test_it_is_drawn_whatever_floors_there_are(rules: dict[str, Any]) -> None:
    events = told(filling(quantity=2), marking("-1000.00"), closing(), **rules)
    page = page_of(certificate_for(events).document, CODEC)
    (svg,) = (each for each in parsed(page).iter() if each.tag.endswith("svg"))
    drawn = {each.get("class") for each in svg.iter()}
    assert ("floor" in drawn) == ("max_loss" in rules)
    assert ("daily" in drawn) == ("daily_loss" in rules)


def test_a_pass_says_what_was_earned() -> None:
    events = told(earning("1500.00"), closing(), profit_target="1500.00")
    page = page_of(certificate_for(events).document, CODEC)
    assert texts(parsed(page), "h1") == ["The account passed"]
    assert "net profit of $1,500.00 against $1,500.00 required" in page


def test_a_long_history_says_what_it_leaves_out() -> None:
    commands, day = [], MONDAY
    for number in range(120):
        commands += [trading(f"t-{number}", "1.25", day=day), closing(day)]
        day = next_trading_day(day)
    events = told(
        *commands, marking("-2500.00", day=day), max_loss={"mode": "static", "amount": "2000.00"}
    )
    document = certificate_for(events).document
    assert len(document["steps"]) > ROWS_WHOLE_MAX
    page = parsed(page_of(document, CODEC))
    gaps = [each for each in texts(page, "td") if each.endswith("left out")]
    left_out = sum(int(each.split()[0].replace(",", "")) for each in gaps)
    shown = len(list(page.iter("tr"))) - 1 - len(gaps)
    assert shown + left_out == len(document["steps"])
    assert f"{shown} of {len(document['steps'])} steps are shown." in "".join(texts(page, "p"))
    assert shown <= ROWS_MAX


def test_random_lives_are_drawn_well_formed() -> None:
    random = chance(7)
    for _ in range(10):
        events = lived(random_history(random, steps=80))
        for verdict in verdicts_of(events)[-1:]:
            assert parsed(page_of(certificate_for(events, verdict).document, CODEC)) is not None


def test_the_same_certificate_is_always_the_same_page() -> None:
    assert page_of(certificate_for(failed()).document, CODEC) == PAGE
    assert TUESDAY.isoformat() in PAGE
