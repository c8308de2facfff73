"""Commands for a few accounts over a few days, and the sums that must come of them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import count
from random import Random
from typing import Any, Final
from uuid import UUID

ACCOUNTS: Final = 3
DAYS: Final = ("2025-11-03", "2025-11-04", "2025-11-05")
TRADES_A_DAY: Final = 12
FILLS_A_DAY: Final = 10
MARKS_A_DAY: Final = 4
TWINS: Final = 8
"""Commands of a round that are sent twice, at about the same time."""

START: Final = Decimal("100000.00")
PACK: Final[Mapping[str, Any]] = {
    "name": "only flags",
    "phase": "evaluation",
    "starting_balance": str(START),
    "position_limits": {"per_symbol": {"ES": 1}, "others": "forbidden"},
}
PAID_PACK: Final[Mapping[str, Any]] = {
    "name": "paid",
    "phase": "funded",
    "starting_balance": str(START),
    "payout": {"trader_share": [{"from_payout": 1, "share": "0.90"}]},
}
PAYOUT: Final = Decimal("500.00")
MULTIPLIERS: Final[Mapping[str, Decimal]] = {
    "ESZ5": Decimal(50),
    "NQZ5": Decimal(20),
    "GCZ5": Decimal(100),
}
TICKS: Final[Mapping[str, Decimal]] = {
    "ESZ5": Decimal("0.25"),
    "NQZ5": Decimal("0.25"),
    "GCZ5": Decimal("0.10"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One request, under one key however often it is sent. `worth` is what it adds to a balance.

    What a fill adds is what it was sold for, less what it was bought for: with every position
    closed again, the order in which fills arrive has no say in their sum. `version` is that of the
    account on which it was decided.
    """

    key: str
    account: UUID
    path: str
    body: Mapping[str, Any]
    worth: Decimal = Decimal(0)
    execution: str | None = None
    version: int | None = None


def rounds_of_commands(random: Random) -> Sequence[Sequence[Command]]:
    """The accounts opened; then, for each day, what happens, in any order, and its close. One more
    account earns on the first day, and is paid before the next.
    """
    numbers = count(1)
    accounts = [UUID(int=random.getrandbits(128)) for _ in range(ACCOUNTS)]
    paid = UUID(int=random.getrandbits(128))
    found = [[_opening(each, next(numbers)) for each in accounts]]
    found[0].append(_opening(paid, next(numbers), pack=PAID_PACK))
    for day in DAYS:
        happening = [each for account in accounts for each in _day(random, account, day, numbers)]
        happening += random.sample(happening, TWINS)
        if day == DAYS[0]:
            happening.append(_earning(paid, day))
        random.shuffle(happening)
        found += [happening, [_close(each, day, next(numbers)) for each in (*accounts, paid)]]
        if day == DAYS[0]:
            found.append([_void(each) for each in _forbidden(happening)])
            found += [[each, each] for each in _payout(paid)]
    return found


def _opening(account: UUID, number: int, *, pack: Mapping[str, Any] = PACK) -> Command:
    body = {
        "account_id": f"acc_{account}",
        "trader_id": f"trader_{UUID(int=7)}",
        "plan": "only flags",
        "pack": pack,
        "opened_at": "2025-11-02T23:00:00Z",
    }
    return Command(key=f"open-{number}", account=account, path="/v1/accounts", body=body)


def _earning(account: UUID, day: str) -> Command:
    """A trade that earned 1,000.00, more than is asked for."""
    body = {
        "trade_id": "t-earned",
        "symbol": "ESZ5",
        "side": "long",
        "quantity": 1,
        "entry_price": "5000.00",
        "exit_price": "5020.00",
        "fees": _usd(Decimal(0)),
        "entered_at": f"{day}T15:00:00Z",
        "exited_at": f"{day}T16:00:00Z",
    }
    return _told(account, "trades", body, key="trade-earned", worth=Decimal(1000))


def _payout(account: UUID) -> Iterator[Command]:
    """Asked for, approved and paid; each rests on the one before it."""
    body = {"amount": _usd(PAYOUT), "payout_id": "p-1"}
    yield _told(account, "payouts", body, key="payout-asked")
    approved = _told(account, "payouts/p-1/approvals", {}, key="payout-approved")
    yield replace(approved, version=4)
    reference = {"reference": "wire 1"}
    yield _told(account, "payouts/p-1/payments", reference, key="payout-paid", worth=-PAYOUT)


def _forbidden(happening: Sequence[Command]) -> Iterator[Command]:
    """The first trade of each account in a product that its pack forbids."""
    found: dict[UUID, Command] = {}
    for each in happening:
        if each.path.endswith("/trades") and each.body["symbol"] != "ESZ5":
            found.setdefault(each.account, each)
    yield from found.values()


def _void(trade: Command) -> Command:
    body = {
        "execution_id": trade.execution,
        "reason": "The platform sent a trade of someone else",
    }
    return _told(trade.account, "voids", body, key=f"void-{trade.execution}", worth=-trade.worth)


def _day(random: Random, account: UUID, day: str, numbers: Iterator[int]) -> Iterator[Command]:
    for _ in range(TRADES_A_DAY):
        yield _trade(random, account, day, next(numbers))
    for _ in range(FILLS_A_DAY // 2):
        symbol, quantity = random.choice(list(TICKS)), random.randint(1, 3)
        for action in ("buy", "sell"):
            yield _fill(random, account, day, next(numbers), (symbol, action, quantity))
    for _ in range(MARKS_A_DAY):
        body = {
            "open_pnl": _usd(Decimal(random.randint(-900, 900))),
            "marked_at": _moment(random, day, hour=19),
        }
        yield _told(account, "equity-marks", body, key=f"mark-{next(numbers)}")


def _trade(random: Random, account: UUID, day: str, number: int) -> Command:
    symbol, quantity = random.choice(list(TICKS)), random.randint(1, 3)
    entry, leave = _price(random, symbol), _price(random, symbol)
    fees = Decimal(random.randint(0, 900)) / 100
    side = random.choice(("long", "short"))
    gross = (leave - entry) * MULTIPLIERS[symbol] * quantity * (1 if side == "long" else -1)
    body = {
        "trade_id": f"t-{number}",
        "symbol": symbol,
        "side": side,
        "quantity": quantity,
        "entry_price": str(entry),
        "exit_price": str(leave),
        "fees": _usd(fees),
        "entered_at": _moment(random, day, hour=15),
        "exited_at": _moment(random, day, hour=16),
    }
    return _told(account, "trades", body, key=f"trade-{number}", worth=gross - fees)


def _fill(
    random: Random, account: UUID, day: str, number: int, order: tuple[str, str, int]
) -> Command:
    symbol, action, quantity = order
    price, fees = _price(random, symbol), Decimal(random.randint(0, 300)) / 100
    paid = price * MULTIPLIERS[symbol] * quantity
    body = {
        "fill_id": f"f-{number}",
        "symbol": symbol,
        "action": action,
        "quantity": quantity,
        "price": str(price),
        "fees": _usd(fees),
        "executed_at": _moment(random, day, hour=17),
    }
    worth = (paid if action == "sell" else -paid) - fees
    return _told(account, "fills", body, key=f"fill-{number}", worth=worth)


def _close(account: UUID, day: str, number: int) -> Command:
    return _told(account, "closes", {"trading_day": day}, key=f"close-{number}")


def _told(
    account: UUID,
    what: str,
    body: Mapping[str, Any],
    *,
    key: str,
    worth: Decimal = Decimal(0),
) -> Command:
    return Command(
        key=key,
        account=account,
        path=f"/v1/accounts/acc_{account}/{what}",
        body=body,
        worth=worth,
        execution=body.get("trade_id") or body.get("fill_id"),
    )


def _price(random: Random, symbol: str) -> Decimal:
    return 5000 + TICKS[symbol] * random.randint(0, 40)


def _moment(random: Random, day: str, *, hour: int) -> str:
    return f"{day}T{hour}:{random.randint(0, 59):02}:{random.randint(0, 59):02}Z"


def _usd(amount: Decimal) -> Mapping[str, str]:
    return {"amount": f"{amount:.2f}", "currency": "USD"}
