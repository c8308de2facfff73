"""The pre-trade question: reasons, and that asking changes nothing."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from domain.accounts.orders import Order, answer_order
from tests.support.builders import (
    MONDAY,
    TUESDAY,
    Command,
    account_of,
    closing,
    earning,
    filling,
    moment,
    noting,
    requesting,
    trading,
)

LOCK: dict[str, Any] = {"daily_loss": {"amount": "1000.00", "effect": "lock_day"}}
FAIL = {"daily_loss": {"amount": "1000.00", "effect": "fail"}}
FROZEN = {"phase": "funded", "payout": {"freeze_while_pending": True}}
TARGET = {"profit_target": "100.00"}
BUY = Order(symbol="MESH6", signed_quantity=1)
TWO = {"position_limits": {"per_symbol": {"MES": 2}, "others": "forbidden"}}


def reasons(
    rules: Mapping[str, Any], *past: Command, symbol: str = "MESH6", quantity: int = 1
) -> tuple[str, ...]:
    account = account_of(**rules)
    for command in past:
        command(account)
    before = account.version
    day = account.state.last_closed
    order = Order(symbol=symbol, signed_quantity=quantity)
    answer = answer_order(account.state, order, at=moment(TUESDAY if day else MONDAY, "12:00"))
    assert answer.accepted == (not answer.reasons)
    assert account.version == before
    return answer.reasons


@pytest.mark.parametrize(
    ("rules", "past", "expected"),
    [
        ({}, [], ()),
        (LOCK, [trading("1", "-1000")], ("locked",)),
        (FAIL, [trading("1", "-1000")], ("not_active",)),
        (TARGET, [trading("1", "100"), closing(MONDAY)], ("not_active",)),
        (FROZEN, [earning("900"), closing(MONDAY), requesting()], ("payout_pending",)),
        (TWO, [filling("1", quantity=2)], ("position_limit",)),
    ],
    ids=["free", "locked", "failed", "passed", "frozen", "full"],
)
def test_an_order_is_answered_with_every_reason(
    rules: Mapping[str, Any], past: list[Command], expected: tuple[str, ...]
) -> None:
    assert reasons(rules, *past) == expected


def test_a_product_that_is_not_listed_is_not_tradable() -> None:
    assert reasons(TWO, symbol="NQH6") == ("not_tradable",)


@pytest.mark.parametrize("quantity", [-1, -3])
def test_an_order_that_only_reduces_is_always_accepted(quantity: int) -> None:
    locked = {**LOCK, **TWO}
    past = filling("1", quantity=3), trading("2", "-1000")
    assert reasons(locked, *past, quantity=quantity) == ()


def test_an_order_that_turns_a_position_round_is_looked_at() -> None:
    assert reasons(TWO, filling("1", quantity=2), quantity=-5) == ("position_limit",)


def test_reducing_one_series_is_no_licence_for_another() -> None:
    assert reasons(TWO, filling("1", quantity=2), symbol="MESM6", quantity=-1) == (
        "position_limit",
    )


@pytest.mark.parametrize(("day", "expected"), [(MONDAY, ("locked",)), (TUESDAY, ())])
def test_a_lock_is_over_with_its_session(day: date, expected: tuple[str, ...]) -> None:
    account = account_of(**LOCK)
    trading("1", "-1000")(account)
    answer = answer_order(
        account.state, Order(symbol="MESH6", signed_quantity=1), at=moment(day, "12:00")
    )
    assert answer.reasons == expected
    assert account.state.status == "locked"


def test_scaling_goes_by_the_session_that_ended() -> None:
    steps = [
        {"profit_above": "0.00", "total_units": 1},
        {"profit_above": "999.99", "total_units": 2},
    ]
    account = account_of(scaling=steps)
    earning("1000")(account)
    for day, accepted in ((MONDAY, False), (TUESDAY, True)):
        answer = answer_order(
            account.state, Order(symbol="MESH6", signed_quantity=2), at=moment(day, "12:00")
        )
        assert answer.accepted is accepted


FLAT = {"session": {"flat_by": "15:10"}}
NEWS = {"news": {"minutes_before": 2, "minutes_after": 2}}


def at(rules: Mapping[str, Any], clock: str, *past: Command, order: Order = BUY) -> tuple[str, ...]:
    account = account_of(**rules)
    for command in past:
        command(account)
    before = account.version
    answer = answer_order(account.state, order, at=moment(MONDAY, clock))
    assert account.version == before
    return answer.reasons


@pytest.mark.parametrize(
    ("clock", "expected"),
    [("15:09", ()), ("15:10", ("flat_by",)), ("16:30", ("flat_by",)), ("17:00", ())],
)
def test_nothing_is_opened_between_the_deadline_and_the_next_session(
    clock: str, expected: tuple[str, ...]
) -> None:
    assert at(FLAT, clock) == expected


@pytest.mark.parametrize(
    ("clock", "expected"),
    [("11:57", ()), ("11:58", ("news",)), ("12:01", ("news",)), ("12:02", ())],
)
def test_nothing_is_opened_in_a_window_of_news(clock: str, expected: tuple[str, ...]) -> None:
    assert at(NEWS, clock, noting()) == expected
    assert at(NEWS, clock, noting(roots=("CL",))) == ()


def test_an_order_sees_what_time_has_broken_until_it_is_asked() -> None:
    assert at(FLAT, "15:20", filling("1")) == ("not_active", "flat_by")
    assert at(FLAT, "15:20", filling("1"), order=Order(symbol="MESH6", signed_quantity=-1)) == ()


def test_a_trading_day_too_many_is_refused_before_it_begins() -> None:
    days = trading("1"), closing(MONDAY)
    assert reasons({"maximum_trading_days": 1}, *days) == ("maximum_trading_days",)
    assert reasons({"maximum_trading_days": 2}, *days) == ()
    assert reasons({"maximum_trading_days": 1}, trading("1")) == ()


@pytest.mark.parametrize(
    ("stop", "target", "expected"),
    [(700, 100, ("stop_to_target",)), (500, 100, ()), (900, 200, ()), (None, None, ())],
)
def test_a_stop_is_compared_with_its_target(
    stop: int | None, target: int | None, expected: tuple[str, ...]
) -> None:
    order = Order(symbol="MESH6", signed_quantity=1, stop_ticks=stop, target_ticks=target)
    assert at({"stop_to_target_max": "5"}, "10:00", order=order) == expected
