"""Many callers of the API at two accounts at once: what one request reserves no other draws on."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from uuid import UUID

from application.log import LogSelection
from domain.accounts.account import TradingAccount
from domain.accounts.events_payouts import (
    PayoutApproved,
    PayoutCancelled,
    PayoutPaid,
    PayoutRejected,
    PayoutRequested,
)
from domain.kernel import Event
from tests.api.funded import GROUNDS, NEXT_DAY
from tests.api.world import OTHER, TRADER, World, trade, usd
from tests.support.histories import chance

HANDS, TURNS = 4, 10
PACK = {
    "phase": "funded",
    "starting_balance": "50000.00",
    "payout": {"minimum": "100.00", "fraction_of_profit": "0.50"},
}
WHEN = {"entered_at": "2026-03-03T15:00:00Z", "exited_at": "2026-03-03T15:01:00Z"}
EXPECTED = {201, 202, 404, 409, 412}


def profitable(world: World, trader: UUID) -> str:
    """The path of a funded account that made 995.50."""
    path = world.opened(trader, pack=PACK)
    assert world.post(f"{path}/trades", trade(exit_price="5020.00")).status_code == 202
    return path


def account_of(path: str) -> UUID:
    return UUID(path.rpartition("_")[2])


def history_of(world: World, path: str) -> Sequence[Event]:
    log = world.runtime.log
    return [log.decode(each) for each in log.stream(LogSelection(stream_id=account_of(path)))]


def hand(world: World, path: str, number: int) -> set[int]:
    """Somebody who asks, decides, loses and is paid, whatever is there."""
    random, seen = chance(number), set()
    for turn in range(TURNS):
        account = world.runtime.ledger.load(TradingAccount, account_of(path))
        one = f"{path}/payouts/{next(iter(account.state.payouts.pending), 'none')}"
        name = f"p-{number}-{turn}"
        loss = trade(f"l-{name}", exit_price="4999.00", fees=usd("0.00"), **WHEN)
        acts: list[tuple[str, Mapping[str, Any], dict[str, str]]] = [
            (f"{path}/payouts", {"amount": usd("200.00"), "payout_id": name}, {}),
            (f"{one}/approvals", {}, {"If_Match": f'"{account.version}"'}),
            (f"{one}/payments", {"reference": one[-8:]}, {}),
            (f"{one}/rejections", GROUNDS, {}),
            (f"{one}/cancellations", {}, {}),
            (f"{path}/trades", loss, {}),
        ]
        way, body, more = random.choices(acts, weights=(5, 5, 3, 1, 1, 1))[0]
        seen.add(world.post(way, body, **more).status_code)
    return seen


def test_nothing_is_reserved_twice_over_the_api(world: World) -> None:
    paths = [profitable(world, trader) for trader in (TRADER, OTHER)]
    world.now = NEXT_DAY
    barrier = Barrier(HANDS * len(paths))

    def begin(path: str, number: int) -> set[int]:
        barrier.wait()
        return hand(world, path, number)

    with ThreadPoolExecutor(HANDS * len(paths)) as threads:
        begun = [threads.submit(begin, path, number) for number in range(HANDS) for path in paths]
        assert set().union(*(each.result() for each in begun)) <= EXPECTED
    for path in paths:
        assert_reserved_once(history_of(world, path))


def assert_reserved_once(events: Sequence[Event]) -> None:
    held: dict[str, int] = {}
    profit = 0
    for event in events:
        match event:
            case PayoutRequested():
                assert not held, "profit that is reserved was drawn on by another"
                assert 0 < event.amount_units <= profit
                held[event.payout_id] = event.amount_units
            case PayoutApproved():
                assert held[event.payout_id] <= profit, "what was lost since was approved"
            case PayoutRejected() | PayoutCancelled():
                del held[event.payout_id]
            case PayoutPaid():
                profit -= held.pop(event.payout_id)
            case _:
                profit += getattr(event, "gross_units", 0) - getattr(event, "fees_units", 0)
    assert sum(isinstance(each, PayoutRequested) for each in events) >= 1
