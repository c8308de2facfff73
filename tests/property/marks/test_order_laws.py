"""However marks and fills arrive within the watermark, an account comes to the same events."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from application.marks.mark import micros, moment_of
from application.ordering import Watermark
from domain.accounts.account import TradingAccount
from domain.errors import DomainError
from domain.money import USD
from tests.support.builders import OPENED, a_fill, account_of

LATE_MAX = 200_000
START = micros(OPENED + timedelta(hours=1))
Item = tuple[int, str, int]


@st.composite
def arrivals(draw: st.DrawFn) -> tuple[Sequence[Item], Sequence[Item]]:
    """What happened, in order; and the same as it came: late, reordered, some of it twice."""
    steps = st.tuples(st.integers(1, 400_000), st.sampled_from("mbs"), st.integers(-250, 200))
    at, happened = START, list[Item]()
    for number, (after, kind, size) in enumerate(draw(st.lists(steps, max_size=30))):
        at += after
        happened.append((at, f"{kind}-{number}", size))
    came = [
        (item[0] + draw(st.integers(0, LATE_MAX)), item)
        for item in happened
        for _ in range(draw(st.integers(1, 2)))
    ]
    return happened, [item for _, item in sorted(came)]


def taken(items: Sequence[Item]) -> TradingAccount:
    """The account after marks, purchases and sales, in this order."""
    account = account_of(max_loss={"mode": "intraday_trailing", "amount": "1500.00"})
    for at, id, size in items:
        try:
            if id.startswith("m"):
                account.mark_equity(open_pnl=USD(size * 100_000), at=moment_of(at))
            else:
                action = "buy" if id.startswith("b") else "sell"
                price = str(5_000 + Decimal(size) / 4)
                fill = a_fill(id, action, price=price)
                account.record_fill(replace(fill, executed_at=moment_of(at)))
        except DomainError:
            break
    return account


def ordered(came: Sequence[Item], cuts: Sequence[int]) -> Sequence[Item]:
    """What a watermark gives when it is asked now and then, as late as it must be."""
    watermark: Watermark[Item] = Watermark()
    released: list[Item] = []
    arrived = START
    for number, item in enumerate(came):
        arrived = max(arrived, item[0])
        watermark.add([item])
        if number in cuts:
            released += watermark.release(arrived - LATE_MAX)
    return [*released, *watermark.release(2**62)]


@given(arrivals(), st.sets(st.integers(0, 60)))
def test_reordering_and_repeating_within_the_watermark_change_nothing(
    told: tuple[Sequence[Item], Sequence[Item]], cuts: set[int]
) -> None:
    happened, came = told
    again = ordered(came, sorted(cuts))
    assert list(dict.fromkeys(again)) == list(happened)
    digest = [str(vars(event)) for event in taken(again).pending_events]
    assert digest == [str(vars(event)) for event in taken(happened).pending_events]


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 5))), st.integers(0, 50))
def test_a_watermark_loses_and_repeats_nothing(items: list[tuple[int, int]], until: int) -> None:
    watermark: Watermark[tuple[int, int]] = Watermark()
    watermark.add(items)
    first, rest = watermark.release(until), watermark.release(2**62)
    assert [*first, *rest] == sorted(items)
    assert all(each[0] <= until for each in first)
    assert len(watermark) == 0
