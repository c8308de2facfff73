"""Every contradiction between the firm's texts, and between them and its packs, is named."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from application.plans.catalogue import Program, program, program_names
from application.plans.contradictions import Contradiction
from application.plans.linting import failing, insist_on_programs, lint
from application.plans.published import published_sources, read_source
from domain.documents import Place, Unreadable
from domain.rules.canonical import document_of
from domain.rules.reading import read_pack

PROGRAMS = [program(name) for name in program_names()]
SOURCES = published_sources()
FOUND = lint(PROGRAMS, SOURCES)
ALL, SOLD_WITH_EVALUATION = 12, 8


def named(topic: str, kind: str, pointer: str | None = None) -> Contradiction:
    """The one of this topic that is about the most programs."""
    found = [
        each
        for each in FOUND
        if (each.topic, each.kind) == (topic, kind)
        and (pointer is None or pointer in each.pointers)
    ]
    assert found, f"no {kind} contradiction of {topic} was found"
    return max(found, key=lambda each: len(each.programs))


def answers(found: Contradiction) -> Mapping[str, str]:
    return {each.source: each.value for each in found.answers}


EVALUATION, FUNDED = "/packs/evaluation", "/packs/funded"
BETWEEN: Sequence[tuple[str, str | None, Mapping[str, str], int]] = [
    (
        "max-loss-kind", f"{EVALUATION}/max_loss/mode",
        {"pricing-page": "eod_trailing", "rules-page": "static", "faq-page": "static",
         "live-faq": "static", "platform-programs": "intraday_trailing"}, SOLD_WITH_EVALUATION,
    ),
    (
        "daily-loss-effect", f"{FUNDED}/daily_loss/effect",
        {"faq-page": "flagged or terminated, depending on severity", "back-office-seed": "fail"},
        ALL,
    ),
    ("news", f"{EVALUATION}/news", {"rules-page": "present", "back-office-seed": "absent"}, ALL),
    (
        "weekend", f"{FUNDED}/session/weekend",
        {"rules-page": "forbidden", "back-office-seed": "allowed"}, ALL,
    ),
    ("copy-trading", None, {"rules-page": "allowed", "back-office-seed": "flagged"}, ALL),
    (
        "consistency-base", f"{EVALUATION}/consistency/of",
        {"faq-page": "profit_target", "back-office-seed": "a base that is not named"}, 4,
    ),
    (
        "platform", None,
        {"faq-page": "Tradovate and Rithmic", "live-faq": "Volumetrica and DeepCharts",
         "back-office-seed": "Volumetrica"}, ALL,
    ),
    (
        "third-plan-name", "/plan",
        {"pricing-page": "Dynasty", "back-office-seed": "Dynasty", "live-faq": "Builder",
         "platform-programs": "Builder"}, 4,
    ),
    (
        "profit-target", f"{EVALUATION}/profit_target",
        {"pricing-page": "absent", "back-office-seed": "absent", "platform-programs": "present"},
        4,
    ),
    (
        "payout-cycle", None,
        {"pricing-page": "daily or 5-day", "live-faq": "5-day", "back-office-seed": "daily"}, 4,
    ),
    (
        "minimum-payout", f"{FUNDED}/payout/minimum",
        {"pricing-page": "500.00", "back-office-seed": "250.00"}, ALL,
    ),
    (
        "payout-cap", f"{FUNDED}/payout/cap_per_payout",
        {"pricing-page": "7000.00 a week | 5000.00 a week",
         "back-office-seed": "3500.00 | 3000.00 | 5000.00"}, ALL,
    ),
    (
        "split-from-the-sixth", f"{FUNDED}/payout/trader_share/1/share",
        {"pricing-page": "0.80", "back-office-seed": "0.90"}, ALL,
    ),
    (
        "payout-fraction", f"{FUNDED}/payout/fraction_of_profit",
        {"rules-page": "half of the account balance", "back-office-seed": "1.00"}, ALL,
    ),
    (
        "winning-day-threshold", f"{FUNDED}/payout/winning_days/threshold",
        {"pricing-page": "200.00 | 500.00 | 150.00",
         "rules-page": "by account size, without a table"}, ALL,
    ),
    (
        "daily-loss-amount", f"{FUNDED}/daily_loss/amount",
        {"pricing-page": "absent", "back-office-seed": "750.00 | 1500.00 | 2000.00 | 3000.00"}, 8,
    ),
    ("payout-rail", None, {"payouts-page": "Wise, ACH or bank", "back-office-seed": "Rise"}, ALL),
]  # fmt: skip


@pytest.mark.parametrize(
    ("topic", "pointer", "said", "programs"), BETWEEN, ids=[row[0] for row in BETWEEN]
)
def test_texts_that_contradict_each_other_are_named(
    topic: str, pointer: str | None, said: Mapping[str, str], programs: int
) -> None:
    found = named(topic, "sources", pointer)
    assert said.items() <= answers(found).items()
    assert len(found.programs) == programs


def test_the_maximum_loss_of_the_evaluation_has_three_answers_and_one_that_does_not_say() -> None:
    found = named("max-loss-kind", "sources", f"{EVALUATION}/max_loss/mode")
    assert set(answers(found).values()) == {
        "eod_trailing", "static", "intraday_trailing", "trailing, of what is not said",
    }  # fmt: skip


def test_nobody_contradicts_that_a_funded_floor_stands_still() -> None:
    pointer = f"{FUNDED}/max_loss/mode"
    assert not [each for each in FOUND if pointer in each.pointers]


def test_a_target_stored_as_a_percentage_is_five_dollars_short() -> None:
    (between,) = [
        each
        for each in FOUND
        if each.topic == "profit-target" and each.kind == "sources" and len(each.programs) == 2
    ]
    assert between.programs == ("advanced-150k", "standard-150k")
    assert answers(between) == {"pricing-page": "8000.00", "back-office-seed": "7995.00"}


AGAINST: Sequence[tuple[str, str, str, str]] = [
    ("max-loss-kind", f"{EVALUATION}/max_loss/mode", "static", "eod_trailing"),
    ("daily-loss-effect", f"{EVALUATION}/daily_loss/effect",
     "flagged or terminated, depending on severity", "fail"),
    ("max-loss-basis", f"{FUNDED}/max_loss/basis", "balance", "equity"),
    ("daily-loss-basis", f"{EVALUATION}/daily_loss/basis", "balance", "equity"),
    ("minimum-payout", f"{FUNDED}/payout/minimum", "500.00", "250.00"),
    ("minimum-payout", "/packs/funded_daily/payout/minimum", "250.00", "500.00"),
    ("payout-cap", f"{FUNDED}/payout/cap_per_payout", "7000.00 a week | 5000.00 a week",
     "3500.00 | 3000.00 | 5000.00"),
    ("payout-fraction", f"{FUNDED}/payout/fraction_of_profit", "half of the account balance",
     "0.5"),
    ("winning-day-threshold", f"{FUNDED}/payout/winning_days/threshold",
     "by account size, without a table", "200.00 | 500.00 | 150.00"),
    ("split-from-the-sixth", f"{FUNDED}/payout/trader_share/1/share", "0.90", "0.8"),
    ("third-plan-name", "/plan", "Builder", "Dynasty"),
    ("max-loss-amount", f"{EVALUATION}/max_loss/amount", "more than on the Standard plan",
     "1500.00 | 2500.00 | 3000.00 | 4500.00"),
    ("news", f"{FUNDED}/news", "present", "absent"),
    ("weekend", f"{EVALUATION}/session/weekend", "allowed", "forbidden"),
    ("floor-after-payout", f"{FUNDED}/max_loss/after_first_payout", "0.00",
     "25000.0001 | 50000.0001 | 100000.0001 | 150000.0001"),
    ("monthly-flush", f"{FUNDED}/payout/weekly_carry", "10000.00 in a calendar week", "absent"),
    ("daily-payouts", "/packs/funded_daily/payout/buffer", "absent", "3000.00"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("topic", "pointer", "said", "pack"), AGAINST, ids=[f"{row[0]} {row[1]}" for row in AGAINST]
)
def test_a_pack_that_contradicts_a_text_is_named_and_decided(
    topic: str, pointer: str, said: str, pack: str
) -> None:
    found = named(topic, "pack", pointer)
    assert said in answers(found).values()
    assert (found.pack, found.state) == (pack, "decided")
    assert found.question
    assert found.assumption


@pytest.mark.parametrize(
    ("topic", "one", "other"),
    [
        ("payouts-per-month", "4", "5"),
        ("monthly-flush", "10000.00 in a calendar week", "10000.00 in a calendar month"),
        ("profit-target", "7995.00", "8000.00"),
    ],
)
def test_a_text_that_contradicts_itself_is_named(topic: str, one: str, other: str) -> None:
    assert [each.value for each in named(topic, "within").answers] == [one, other]


@pytest.mark.parametrize(
    ("topic", "pointer"),
    [
        ("trailing-lock", f"{EVALUATION}/max_loss/lock_at"),
        ("split-before-the-sixth", f"{FUNDED}/payout/trader_share/0/share"),
        ("minimum-trading-days", f"{EVALUATION}/minimum_trading_days"),
        ("consistency-effect", f"{EVALUATION}/consistency/effect"),
        ("flat-by-time", f"{EVALUATION}/session/flat_by"),
        ("inactivity", f"{EVALUATION}/inactivity_days"),
        ("scaling", f"{EVALUATION}/scaling"),
        ("news-window", f"{EVALUATION}/news/minutes_before"),
        ("position-limit-effect", f"{FUNDED}/position_limits/effect"),
    ],
)
def test_what_no_text_says_is_named_with_what_is_assumed(topic: str, pointer: str) -> None:
    found = named(topic, "unpublished", pointer)
    assert found.state == "decided"
    assert found.assumption


@pytest.mark.parametrize("topic", ["accounts-per-trader", "identity-check", "holidays"])
def test_what_no_text_says_and_no_pack_can_hold_is_on_record(topic: str) -> None:
    (silent,) = [each for each in SOURCES if each.kind == "silence"]
    assert topic in {each.topic for each in silent.statements}


def test_the_packs_as_shipped_leave_nothing_open() -> None:
    assert failing(FOUND) == []


def test_every_statement_speaks_of_a_program() -> None:
    insist_on_programs(PROGRAMS, SOURCES)


def test_one_place_has_one_topic() -> None:
    topics: dict[str, set[str]] = {}
    for each in FOUND:
        for pointer in each.pointers:
            topics.setdefault(pointer, set()).add(each.topic)
    assert {pointer for pointer, names in topics.items() if len(names) > 1} == set()


def changed(name: str, phase: str, **rules: Any) -> Program:
    """A program with other rules in one of its packs."""
    whole = program(name)
    pack = read_pack(Place({**document_of(whole.pack(phase)), **rules}))
    return replace(whole, packs={**whole.packs, phase: pack})


CHANGES: Sequence[tuple[str, str, Mapping[str, Any], str]] = [
    ("standard-25k", "evaluation", {"profit_target": "1250.00"}, "pack"),
    ("standard-25k", "evaluation", {"minimum_trading_days": 4}, "decision"),
    ("standard-25k", "evaluation", {"max_loss": {"mode": "static", "amount": "1500.00"}},
     "decision"),
    ("standard-25k", "evaluation", {"max_loss": None}, "pack"),
    ("advanced-50k", "evaluation", {"consistency": {"limit": "0.5"}}, "pack"),
    ("advanced-50k", "evaluation", {"maximum_trading_days": 30}, "pack"),
    ("advanced-50k", "funded", {"position_limits": {"per_symbol": {"ES": 3}}}, "pack"),
    ("dynasty-50k", "funded", {"scaling": [{"profit_above": "0.00", "total_units": 1}]},
     "unpublished"),
    ("dynasty-50k", "funded", {"inactivity_days": 7}, "unpublished"),
    ("dynasty-100k", "funded_daily", {"payout": {"minimum": "500.00"}}, "pack"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "phase", "rules", "kind"), CHANGES, ids=str)
def test_a_changed_value_of_a_pack_is_open(
    name: str, phase: str, rules: Mapping[str, Any], kind: str
) -> None:
    left = failing(lint([changed(name, phase, **rules)], SOURCES))
    assert kind in {each.kind for each in left}


def test_a_decision_that_the_pack_does_not_keep_covers_nothing() -> None:
    loose = changed("standard-25k", "funded", payout={"minimum": "300.00"})
    kinds = {
        each.kind
        for each in failing(lint([loose], SOURCES))
        if "/packs/funded/payout/minimum" in each.pointers
    }
    assert kinds == {"pack", "decision"}


def test_without_its_decision_a_contradiction_is_open() -> None:
    undecided = replace(program("standard-25k"), decisions=())
    left = failing(lint([undecided], SOURCES))
    assert {"max-loss-kind", "daily-loss-effect", "trailing-lock"} <= {each.topic for each in left}


def test_a_changed_price_is_open() -> None:
    whole = program("standard-25k")
    dearer = replace(whole, prices={**whole.prices, "evaluation": whole.prices["activation"]})
    assert [each.topic for each in failing(lint([dearer], SOURCES))] == ["price"]


def test_a_statement_about_no_program_is_refused() -> None:
    text = 'title="T"\nkind="public"\ndate="2026-01-01"\nplace="p"\n[[statement]]\nid="a"\n'
    source = read_source("other", f'{text}topic="t"\nvalue=1\nprograms=["gold-*"]\nsays="s"\n')
    with pytest.raises(Unreadable):
        insist_on_programs(PROGRAMS, [source])
