"""A funded account over the API, and what is asked about its payouts."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID, uuid4

import httpx

from interfaces.http.permissions import Role
from tests.api.world import TRADER, World, trade, usd

NEXT_DAY: Final = datetime(2026, 3, 3, 16, tzinfo=UTC)
PACK: Final[Mapping[str, Any]] = {
    "name": "paid",
    "phase": "funded",
    "starting_balance": "50000.00",
    "payout": {
        "minimum": "100.00",
        "winning_days": {"threshold": "150.00", "required": 1},
        "count_per_month": 2,
        "trader_share": [{"from_payout": 1, "share": "0.90"}],
        "cutoff": "14:00",
    },
}
GROUNDS: Final[Mapping[str, Any]] = {
    "reasons": ["data_in_doubt"],
    "explanation": "The prices of that day are in doubt.",
    "evidence": [2],
}


def funded(world: World, *, trader: UUID = TRADER, closed: bool = True) -> str:
    """The path of a funded account that made 995.50; its day is closed unless told."""
    path = world.opened(trader, pack=PACK)
    answer = world.post(f"{path}/trades", trade(exit_price="5020.00"))
    assert answer.status_code == 202, answer.text
    if closed:
        world.now = NEXT_DAY
        assert world.post(f"{path}/closes", {"trading_day": "2026-03-02"}).status_code == 202
    return path


def post_as(
    world: World,
    path: str,
    body: Mapping[str, Any] | None,
    role: Role,
    *traders: UUID,
    key: str | None = None,
    **more: str,
) -> httpx.Response:
    """A command by any caller; without a body when there is none."""
    headers = world.headers(role, *traders, Idempotency_Key=key or str(uuid4()), **more)
    content = None if body is None else json.dumps(body)
    if body is not None:
        headers["Content-Type"] = "application/json"
    answer: httpx.Response = world.client.post(path, content=content, headers=headers)
    return answer


def ask(world: World, path: str, amount: str = "500.00", **facts: Any) -> httpx.Response:
    """A payout that the firm asks for, `p-1` unless told."""
    body = {"amount": usd(amount), "payout_id": "p-1", **facts}
    return world.post(f"{path}/payouts", body)


def approve(world: World, path: str, payout: str = "p-1") -> httpx.Response:
    """An approval at the version the account has now."""
    world.catch_up()
    version = world.get(f"{path}/payouts/{payout}").headers["ETag"]
    return world.post(f"{path}/payouts/{payout}/approvals", {}, If_Match=version)


def pay(world: World, path: str, payout: str = "p-1", *, reference: str = "w") -> httpx.Response:
    """A payment under this reference."""
    return world.post(f"{path}/payouts/{payout}/payments", {"reference": reference})


def refusal(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]
