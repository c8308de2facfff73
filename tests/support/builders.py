"""Packs, moments, trades and fills for tests; what a test does not speak of is filled in."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from domain.accounts.account import TradingAccount
from domain.accounts.executions import Fill, Trade
from domain.accounts.payout_grounds import Grounds
from domain.documents import Place
from domain.market.calendar import session_close, session_open
from domain.market.releases import Impact, Release
from domain.money import USD
from domain.rules.pack import RulePack
from domain.rules.reading import read_pack

ACCOUNT, TRADER = UUID(int=1), UUID(int=2)
MONDAY, TUESDAY, WEDNESDAY = date(2026, 3, 2), date(2026, 3, 3), date(2026, 3, 4)
THURSDAY, FRIDAY = date(2026, 3, 5), date(2026, 3, 6)
OPENED = session_open(MONDAY)
_CHICAGO = ZoneInfo("America/Chicago")
_ENTRY = Decimal(5_000)
_DOLLARS_A_POINT = 5

Command = Callable[[TradingAccount], object]


def pack_of(*, starting_balance: str = "50000.00", **rules: Any) -> RulePack:
    """A pack read from a document, as a plan's file is."""
    return read_pack(Place({"starting_balance": starting_balance, **rules}))


def moment(day: date = MONDAY, clock: str = "10:00") -> datetime:
    """A Chicago time on a calendar date."""
    return datetime.combine(day, time.fromisoformat(clock), _CHICAGO).astimezone(UTC)


def account_of(*, starting_balance: str = "50000.00", **rules: Any) -> TradingAccount:
    """An account opened when Monday's session began, its opening saved."""
    account = TradingAccount.open(
        account_id=ACCOUNT,
        trader_id=TRADER,
        plan="test",
        pack=pack_of(starting_balance=starting_balance, **rules),
        at=OPENED,
    )
    account.collect_events()
    return account


def a_trade(
    trade_id: str = "t-1",
    profit: str = "0",
    *,
    day: date = MONDAY,
    entered: str = "10:00",
    exited: str = "10:05",
    entered_on: date | None = None,
    fees: str = "0",
    side: str = "long",
    quantity: int = 1,
    symbol: str = "MESH6",
) -> Trade:
    """A round trip of the micro S&P; `profit` is gross and a multiple of 1.25 a contract."""
    points = Decimal(profit) / _DOLLARS_A_POINT / quantity
    return Trade.of(
        trade_id=trade_id,
        symbol=symbol,
        side=side,
        quantity=quantity,
        entry_price=_ENTRY,
        exit_price=_ENTRY + (points if side == "long" else -points),
        fees=USD.of(fees),
        entered_at=moment(entered_on or day, entered),
        exited_at=moment(day, exited),
    )


def a_fill(
    fill_id: str = "f-1",
    action: str = "buy",
    *,
    quantity: int = 1,
    price: str = "5000.00",
    day: date = MONDAY,
    clock: str = "10:00",
    fees: str = "0",
    symbol: str = "MESH6",
) -> Fill:
    """One execution of the micro S&P: five dollars a point."""
    return Fill.of(
        fill_id=fill_id,
        symbol=symbol,
        action=action,
        quantity=quantity,
        price=price,
        fees=USD.of(fees),
        executed_at=moment(day, clock),
    )


def trading(trade_id: str = "t-1", profit: str = "0", **facts: Any) -> Command:
    """The command that books such a trade."""
    return lambda account: account.record_trade(a_trade(trade_id, profit, **facts))


def filling(fill_id: str = "f-1", action: str = "buy", **facts: Any) -> Command:
    """The command that books such a fill."""
    return lambda account: account.record_fill(a_fill(fill_id, action, **facts))


def marking(open_pnl: str, *, day: date = MONDAY, clock: str = "11:00") -> Command:
    """The command that tells an open profit."""
    return lambda account: account.mark_equity(open_pnl=USD.of(open_pnl), at=moment(day, clock))


def closing(day: date = MONDAY, *, open_pnl: str | None = None) -> Command:
    """The command that ends a trading day, given when its session ends."""
    pnl = None if open_pnl is None else USD.of(open_pnl)
    return lambda account: account.close_day(day=day, at=session_close(day), open_pnl=pnl)


def earning(net: str, day: date = MONDAY) -> Command:
    """The command that books a day's net result, at noon."""
    return lambda account: account.record_result(
        result_id=f"r-{day}-{net}", net=USD.of(net), at=moment(day, "12:00")
    )


def voiding(id: str, *, day: date = MONDAY, clock: str = "15:00") -> Command:
    """The command that takes a trade or fill back."""
    return lambda account: account.void(id=id, at=moment(day, clock), reason="bad print")


def requesting(
    payout_id: str = "p-1", amount: str = "500.00", *, day: date = TUESDAY, clock: str = "10:00"
) -> Command:
    """The command that asks for a payout."""
    return lambda account: account.request_payout(
        payout_id=payout_id, amount=USD.of(amount), at=moment(day, clock)
    )


def approving(payout_id: str = "p-1", *, day: date = TUESDAY, clock: str = "10:30") -> Command:
    """The command that agrees to a payout."""
    return lambda account: account.approve_payout(payout_id=payout_id, at=moment(day, clock))


def rejecting(
    payout_id: str = "p-1",
    *reasons: str,
    explanation: str = "The prices are in doubt.",
    evidence: tuple[int, ...] = (1,),
    day: date = TUESDAY,
    clock: str = "10:45",
) -> Command:
    """The command that refuses a payout; without reasons, because its data are in doubt."""
    grounds = Grounds(
        reasons=reasons or ("data_in_doubt",), explanation=explanation, evidence=evidence
    )
    return lambda account: account.reject_payout(
        payout_id=payout_id, grounds=grounds, at=moment(day, clock)
    )


def cancelling(payout_id: str = "p-1", *, day: date = TUESDAY, clock: str = "10:45") -> Command:
    """The command that takes a request back."""
    return lambda account: account.cancel_payout(payout_id=payout_id, at=moment(day, clock))


def paying(
    payout_id: str = "p-1", *, day: date = TUESDAY, clock: str = "11:00", reference: str = "wire-1"
) -> Command:
    """The command that pays an approved payout out."""
    return lambda account: account.pay_payout(
        payout_id=payout_id, reference=reference, at=moment(day, clock)
    )


def passing(*, day: date = MONDAY, clock: str = "15:30") -> Command:
    """The command that lets time pass."""
    return lambda account: account.pass_time(moment(day, clock))


def a_release(
    release_id: str = "n-1",
    *,
    day: date = MONDAY,
    clock: str = "12:00",
    impact: Impact = "high",
    roots: tuple[str, ...] | None = None,
) -> Release:
    """A scheduled release at noon."""
    return Release.of(
        release_id=release_id,
        title="CPI",
        released_at=moment(day, clock),
        impact=impact,
        roots=roots,
    )


def noting(release_id: str = "n-1", *, at: datetime = OPENED, **facts: Any) -> Command:
    """The command that tells an account of such a release."""
    return lambda account: account.note_release(a_release(release_id, **facts), at=at)
