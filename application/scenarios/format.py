"""Reading a scenario file. Every fault is named by its JSON pointer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from application.scenarios.steps import (
    Action,
    CloseStep,
    DayStep,
    EquityStep,
    FillStep,
    NewsStep,
    OrderStep,
    PayoutStep,
    Step,
    TradeStep,
    VoidStep,
)
from domain.accounts.executions import Fill, Trade
from domain.accounts.orders import Order
from domain.documents import Place, Unreadable, read_json
from domain.errors import DomainError
from domain.market.calendar import is_trading_day
from domain.market.contracts import contract_of
from domain.market.specs import SPECS
from domain.money import USD
from domain.rules.pack import RulePack
from domain.rules.reading import read_pack

STEPS_MAX = 100_000
_QUANTITY_MAX = 10_000

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A pack, and what happens to one account under it."""

    title: str
    source: str | None
    pack: RulePack
    steps: tuple[Step, ...]


def read_scenario(text: str | bytes) -> Scenario:
    """Read a whole file. Raises Unreadable."""
    at = read_json(text).fields(required=("title", "rules", "steps"), optional=("source",))
    return Scenario(
        title=at["title"].text(),
        source=at["source"].text(at_most=1_000) if "source" in at else None,
        pack=read_pack(at["rules"]),
        steps=tuple(_step(item) for item in at["steps"].items(at_most=STEPS_MAX)),
    )


def read_execution(place: Place) -> Trade | Fill:
    """A trade or a fill in the form of a step. Raises Unreadable."""
    action = _step(place).action
    if isinstance(action, TradeStep):
        return action.trade
    if isinstance(action, FillStep):
        return action.fill
    return place.refuse("a trade or a fill is expected here.")


def _step(place: Place) -> Step:
    at = place.fields(optional=(*_KINDS, "expect"))
    kinds = [kind for kind in _KINDS if kind in at]
    if len(kinds) != 1:
        place.refuse(f"a step has exactly one of {', '.join(_KINDS)}; this one has {len(kinds)}.")
    expect = at.get("expect")
    if expect is not None:
        if not isinstance(expect.value, dict):
            expect.refuse("an object is expected here.")
        _refuse_floats(expect)
    return Step(kind=kinds[0], action=_KINDS[kinds[0]](at[kinds[0]]), place=place, expect=expect)


def _refuse_floats(place: Place) -> None:
    """No figure of a result is a float; one that is expected would be compared with a rounding."""
    waiting = [place]
    while waiting:
        each = waiting.pop()
        if isinstance(each.value, float):
            each.refuse('a figure is a decimal string such as "1250.00", never a float.')
        if isinstance(each.value, dict):
            waiting += each.entries().values()
        elif isinstance(each.value, list):
            waiting += each.items(at_most=len(each.value))


def _checked(place: Place, make: Callable[[], T]) -> T:
    """Name the place of what a contract, a price or a calendar refuses."""
    try:
        return make()
    except Unreadable:
        raise
    except DomainError as refusal:
        raise Unreadable.at(place.pointer, refusal.sentence) from refusal


def _day_of(action: Action, place: Place) -> Action:
    _checked(place, lambda: action.day)
    return action


def _quantity(place: Place) -> int:
    quantity = place.count(at_least=1)
    if quantity > _QUANTITY_MAX:
        place.refuse(f"at most {_QUANTITY_MAX} contracts are taken.")
    return quantity


def _symbol(place: Place) -> str:
    symbol = place.text(at_most=40)
    _checked(place, lambda: contract_of(symbol))
    return symbol


def _price(symbol: str, place: Place) -> str:
    price = place.decimal_text()
    _checked(place, lambda: contract_of(symbol).price(price))
    return price


def _fees(at: dict[str, Place]) -> USD:
    if "fees" not in at:
        return USD(0)
    fees = at["fees"].money()
    if fees.units < 0:
        at["fees"].refuse("fees are a cost, zero or more.")
    return fees


def _trade(place: Place) -> Action:
    keys = (
        "id",
        "symbol",
        "side",
        "quantity",
        "entry_price",
        "exit_price",
        "entered_at",
        "exited_at",
    )
    at = place.fields(required=keys, optional=("fees",))
    symbol = _symbol(at["symbol"])
    trade = _checked(
        place,
        lambda: Trade.of(
            trade_id=at["id"].text(at_most=64),
            symbol=symbol,
            side=at["side"].choice("long", "short"),
            quantity=_quantity(at["quantity"]),
            entry_price=_price(symbol, at["entry_price"]),
            exit_price=_price(symbol, at["exit_price"]),
            fees=_fees(at),
            entered_at=at["entered_at"].moment(),
            exited_at=at["exited_at"].moment(),
            source="scenario",
        ),
    )
    return _day_of(TradeStep(trade=trade), at["exited_at"])


def _fill(place: Place) -> Action:
    at = place.fields(
        required=("id", "symbol", "side", "quantity", "price", "at"), optional=("fees",)
    )
    symbol = _symbol(at["symbol"])
    fill = _checked(
        place,
        lambda: Fill.of(
            fill_id=at["id"].text(at_most=64),
            symbol=symbol,
            action=at["side"].choice("buy", "sell"),
            quantity=_quantity(at["quantity"]),
            price=_price(symbol, at["price"]),
            fees=_fees(at),
            executed_at=at["at"].moment(),
            source="scenario",
        ),
    )
    return _day_of(FillStep(fill=fill), at["at"])


def _order(place: Place) -> Action:
    at = place.fields(
        required=("symbol", "side", "quantity", "at"), optional=("stop_ticks", "target_ticks")
    )
    if ("stop_ticks" in at) != ("target_ticks" in at):
        place.refuse("stop_ticks and target_ticks are given together, or not at all.")
    direction = 1 if at["side"].choice("buy", "sell", "long", "short") in ("buy", "long") else -1
    order = Order(
        symbol=_symbol(at["symbol"]),
        signed_quantity=direction * _quantity(at["quantity"]),
        stop_ticks=at["stop_ticks"].count(at_least=1) if "stop_ticks" in at else None,
        target_ticks=at["target_ticks"].count(at_least=1) if "target_ticks" in at else None,
    )
    step = OrderStep(order=order, at=at["at"].moment())
    return _day_of(step, at["at"])


def _equity(place: Place) -> Action:
    at = place.fields(required=("open_pnl", "at"))
    return _day_of(EquityStep(open_pnl=at["open_pnl"].money(), at=at["at"].moment()), at["at"])


def _day(place: Place) -> Action:
    at = place.fields(required=("date", "net_pnl"), optional=("low", "high"))
    low = at["low"].money() if "low" in at else None
    high = at["high"].money() if "high" in at else None
    if low is not None and high is not None and low > high:
        at["low"].refuse("the low of a day is not above its high.")
    return DayStep(day=_trading_day(at["date"]), net_pnl=at["net_pnl"].money(), low=low, high=high)


def _close(place: Place) -> Action:
    at = place.fields(required=("date",), optional=("open_pnl",))
    return CloseStep(
        day=_trading_day(at["date"]),
        open_pnl=at["open_pnl"].money() if "open_pnl" in at else None,
    )


def _trading_day(place: Place) -> date:
    day = place.day()
    if not _checked(place, lambda: is_trading_day(day)):
        place.refuse("no CME session ends on this day; give a trading day.")
    return day


def _news(place: Place) -> Action:
    at = place.fields(required=("title", "at", "impact"), optional=("symbols",))
    roots = None
    if "symbols" in at:
        items = at["symbols"].items(at_most=len(SPECS))
        roots = tuple(item.choice(*SPECS) for item in items)
    step = NewsStep(
        title=at["title"].text(),
        at=at["at"].moment(),
        impact=at["impact"].choice("high", "medium", "low"),
        roots=roots,
    )
    return _day_of(step, at["at"])


def _payout(place: Place) -> Action:
    at = place.fields(required=("amount", "at"), optional=("pay",))
    step = PayoutStep(
        amount=at["amount"].money(),
        at=at["at"].moment(),
        pay=at["pay"].flag() if "pay" in at else False,
    )
    return _day_of(step, at["at"])


def _void(place: Place) -> Action:
    at = place.fields(required=("id", "at"))
    return _day_of(VoidStep(id=at["id"].text(at_most=64), at=at["at"].moment()), at["at"])


_KINDS: dict[str, Callable[[Place], Action]] = {
    "trade": _trade,
    "fill": _fill,
    "order": _order,
    "equity": _equity,
    "day": _day,
    "close": _close,
    "news": _news,
    "payout": _payout,
    "void": _void,
}
