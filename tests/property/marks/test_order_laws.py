"""However marks and fills arrive within the watermark, an account comes to the same events."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import event, given
from hypothesis import strategies as st

from application.marks.mark import micros, moment_of
from application.ordering import Watermark
from domain.accounts.account import TradingAccount
from domain.accounts.errors import AccountEnded
from domain.accounts.snapshots import figures_of
from domain.accounts.standing import standing_of
from domain.errors import DomainError
from domain.market.releases import Release
from domain.money import USD
from tests.support.builders import OPENED, a_fill, a_trade, account_of

LATE_MAX = 200_000
START = micros(OPENED + timedelta(hours=1))
Item = tuple[int, str, int]


@st.composite
def arrivals(draw: st.DrawFn) -> tuple[Sequence[Item], Sequence[Item]]:
    """What happened, in order; and the same as it came: late, reordered, some of it twice."""
    soon, hours = st.integers(1, 400_000), st.integers(1, 20).map(lambda n: n * 3_600_000_000)
    steps = st.tuples(
        st.one_of(soon, soon, soon, hours), st.sampled_from("mmbbssttn"), st.integers(-250, 200)
    )
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


RULES: Mapping[str, Mapping[str, Any]] = {
    "intraday": {"max_loss": {"mode": "intraday_trailing", "amount": "1500.00"}},
    "locking": {
        "max_loss": {"mode": "eod_trailing", "amount": "4000.00"},
        "daily_loss": {"amount": "500.00", "effect": "lock_day"},
        "position_limits": {"per_symbol": {"MES": 2}},
    },
    "of time": {
        "session": {"flat_by": "15:10", "overnight": "forbidden", "effect": "flag"},
        "news": {"minutes_before": 30, "minutes_after": 30},
        "inactivity_days": 3,
        "hedging": "forbidden",
        "minimum_hold_seconds": 60,
    },
    "won": {"profit_target": "300.00", "minimum_trading_days": 1},
}


def taken(items: Sequence[Item], rules: str = "intraday") -> TradingAccount:
    """The account after marks, fills, round trips and releases, in this order."""
    account = account_of(**RULES[rules])
    for at, id, size in items:
        try:
            tell(account, at=moment_of(at), id=id, size=size)
        except AccountEnded:
            break
        except DomainError:
            continue
    with suppress(DomainError):
        account.pass_time(moment_of(items[-1][0] if items else START) + timedelta(days=5))
    return account


def tell(account: TradingAccount, *, at: datetime, id: str, size: int) -> None:
    """One report: a mark, a release, a round trip, a purchase or a sale."""
    price = Decimal(size) / 4
    match id[0]:
        case "m":
            account.mark_equity(open_pnl=USD(size * 100_000), at=at)
        case "n":
            release = Release.of(
                release_id=id, title="CPI", released_at=at + timedelta(hours=1), impact="high"
            )
            account.note_release(release, at=at)
        case "t":
            trade = a_trade(id, str(price * 5))
            account.record_trade(replace(trade, entered_at=at, exited_at=at))
        case kind:
            fill = a_fill(id, "buy" if kind == "b" else "sell", price=str(5_000 + price))
            account.record_fill(replace(fill, executed_at=at))


def digest_of(account: TradingAccount) -> list[str]:
    """Events with all that they say, and the figures that read models show."""
    told = [f"{type(each).__name__} {vars(each)}" for each in account.pending_events]
    return [*told, figures_of(account.state), str(standing_of(account.state))]


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


@given(arrivals(), st.sets(st.integers(0, 60)), st.sampled_from(sorted(RULES)))
def test_reordering_and_repeating_within_the_watermark_change_nothing(
    told: tuple[Sequence[Item], Sequence[Item]], cuts: set[int], rules: str
) -> None:
    happened, came = told
    again = ordered(came, sorted(cuts))
    assert list(dict.fromkeys(again)) == list(happened)
    account = taken(again, rules)
    for each in account.pending_events:
        event(f"{rules}: {type(each).__name__}")
    assert digest_of(account) == digest_of(taken(happened, rules))


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 5))), st.integers(0, 50))
def test_a_watermark_loses_and_repeats_nothing(items: list[tuple[int, int]], until: int) -> None:
    watermark: Watermark[tuple[int, int]] = Watermark()
    watermark.add(items)
    first, rest = watermark.release(until), watermark.release(2**62)
    assert [*first, *rest] == sorted(items)
    assert all(each[0] <= until for each in first)
    assert len(watermark) == 0
