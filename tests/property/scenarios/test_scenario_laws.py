"""What holds of every scenario: two ways to say one thing come to one end."""

import json
from datetime import date
from itertools import islice
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from application.scenarios.format import read_scenario
from application.scenarios.runner import Outcome, run_scenario
from domain.documents import Unreadable
from domain.market.calendar import next_trading_day
from domain.money import USD
from tests.property.rules.documents import KEYS, almost_packs, json_values

unhurried = settings(deadline=None)  # A busy machine proves nothing.

MODES = ("static", "eod_trailing", "intraday_trailing", "realised_trailing")
RULES = st.fixed_dictionaries(
    {
        "starting_balance": st.just("50000.00"),
        "max_loss": st.builds(
            lambda mode, amount, breach: {"mode": mode, "amount": amount, "breach": breach},
            st.sampled_from(MODES), st.sampled_from(["900.00", "2000.00"]),
            st.sampled_from(["at_or_below", "below"]),
        ),
    },
    optional={
        "daily_loss": st.builds(
            lambda effect: {"amount": "800.00", "effect": effect},
            st.sampled_from(["lock_day", "fail"]),
        ),
        "profit_target": st.just("1500.00"),
        "consistency": st.just({"limit": "0.50"}),
        "minimum_trading_days": st.integers(0, 3),
    },
)  # fmt: skip
NETS = st.lists(st.integers(-800, 900).map(lambda ticks: USD.of("1.25") * ticks), max_size=8)


ALWAYS = ("floor", "balance", "status", "net_profit", "trading_days", "target")
AT_A_CLOSE = ("best_day", "winning_days", "consistency", "daily_loss_left")


def days() -> Any:
    day = date(2026, 3, 2)
    while True:
        yield day
        day = next_trading_day(day)


def run(rules: dict[str, Any], steps: list[dict[str, Any]]) -> Outcome:
    text = json.dumps({"title": "t", "rules": rules, "steps": steps})
    return run_scenario(read_scenario(text))


def as_trade(number: int, day: date, net: USD) -> dict[str, Any]:
    """A round trip of the micro S&P that earns this much."""
    points = net.units // 50_000 * 10_000 + net.units % 50_000 // 5
    exit_price = USD(50_000_000 + points)
    return {
        "id": str(number), "symbol": "MESH6", "side": "long", "quantity": 1,
        "entry_price": "5000.00", "exit_price": str(exit_price), "fees": "0.00",
        "entered_at": f"{day}T15:00:00Z", "exited_at": f"{day}T16:00:00Z",
    }  # fmt: skip


@unhurried
@given(RULES, NETS)
def test_a_day_by_its_result_is_the_day_by_its_trade(
    rules: dict[str, Any], nets: list[USD]
) -> None:
    calendar = list(islice(days(), len(nets)))
    whole = [
        {"day": {"date": str(day), "net_pnl": str(net)}}
        for day, net in zip(calendar, nets, strict=True)
    ]
    cut = [
        step
        for number, (day, net) in enumerate(zip(calendar, nets, strict=True))
        for step in ({"trade": as_trade(number, day, net)}, {"close": {"date": str(day)}})
    ]
    by_result, by_trade = run(rules, whole).steps, run(rules, cut).steps[1::2]
    for one, other in zip(by_result, by_trade, strict=True):
        # After a failure there is no close by itself, so the day's own figures stay open.
        names = ALWAYS if one["status"] == "failed" else (*ALWAYS, *AT_A_CLOSE)
        assert {name: one[name] for name in names} == {name: other[name] for name in names}


@unhurried
@given(RULES, NETS, st.integers(0, 8))
def test_the_first_steps_do_not_depend_on_what_comes_later(
    rules: dict[str, Any], nets: list[USD], count: int
) -> None:
    steps = [
        {"day": {"date": str(day), "net_pnl": str(net)}}
        for day, net in zip(days(), nets, strict=False)
    ]
    assert run(rules, steps[:count]).steps == run(rules, steps).steps[:count]


@unhurried
@given(RULES, NETS)
def test_what_a_run_gives_is_what_it_expects(rules: dict[str, Any], nets: list[USD]) -> None:
    steps = [
        {"day": {"date": str(day), "net_pnl": str(net)}}
        for day, net in zip(days(), nets, strict=False)
    ]
    results = run(rules, steps).steps
    told = [{**step, "expect": each} for step, each in zip(steps, results, strict=True)]
    again = run(rules, told)
    assert again.ok
    assert again.steps == results


@unhurried
@given(RULES, NETS, st.integers(1, 9), st.data())
def test_marks_between_the_extremes_change_no_verdict(
    rules: dict[str, Any], nets: list[USD], count: int, data: st.DataObject
) -> None:
    plain, marked = [], []
    for day, net in zip(days(), nets, strict=False):
        start = f"{day}T15:00:00Z"
        extremes = [{"equity": {"open_pnl": pnl, "at": start}} for pnl in ("-300.00", "300.00")]
        between = [
            {"equity": {"open_pnl": str(USD(units)), "at": start}}
            for units in data.draw(st.lists(st.integers(-3 * 10**6, 3 * 10**6), max_size=count))
        ]
        end = {"day": {"date": str(day), "net_pnl": str(net)}}
        plain += [*extremes, end]
        marked += [*extremes, *between, end]
    assert _ends(run(rules, plain)) == _ends(run(rules, marked))


def _ends(outcome: Outcome) -> list[dict[str, Any]]:
    """The last result of each day."""
    by_day = {step["trading_day"]: {**step, "step": 0} for step in outcome.steps}
    return list(by_day.values())


FIELDS = st.dictionaries(
    st.sampled_from(
        ["id", "symbol", "side", "quantity", "price", "entry_price", "exit_price", "at", "date",
         "net_pnl", "open_pnl", "amount", "entered_at", "exited_at", "title", "impact"]
    ),
    json_values | st.sampled_from(["ESH6", "long", "buy", "5000.00", "2026-03-02",
                                   "2026-03-02T10:00:00Z"]),
    max_size=9,
)  # fmt: skip
STEPS = st.lists(
    st.dictionaries(
        st.sampled_from(["trade", "fill", "order", "equity", "day", "close", "news", "payout",
                         "void", "expect", "x"]),
        FIELDS | json_values, max_size=2,
    ),
    max_size=3,
)  # fmt: skip


@unhurried
@given(almost_packs, STEPS | json_values, st.sampled_from(["title", "t", *KEYS]))
def test_any_document_is_run_or_refused(rules: Any, steps: Any, key: str) -> None:
    text = json.dumps({key: "t", "rules": rules, "steps": steps})
    outcome = run_or_refused(text.encode())
    if isinstance(outcome, Unreadable):
        assert outcome.facts["reason"]
    else:
        assert len(outcome.steps) == len(steps)


@unhurried
@given(st.binary(max_size=40) | st.text(max_size=40).map(str.encode))
def test_any_forty_bytes_are_refused(text: bytes) -> None:
    assert isinstance(run_or_refused(text), Unreadable)


def run_or_refused(text: bytes) -> Outcome | Unreadable:
    try:
        return run_scenario(read_scenario(text))
    except Unreadable as refusal:
        return refusal
