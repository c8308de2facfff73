"""What journeys over HTTP have in common: accounts, trades, and reading one's own writes."""

from collections.abc import Mapping
from time import monotonic
from typing import Any
from uuid import uuid4

import httpx

from tests.support.processes import PATIENCE_SECONDS


def opened(admin: httpx.Client, *, trader: str | None = None) -> str:
    """The path of a new 25K Standard account."""
    body = {
        "trader_id": trader or f"trader_{uuid4()}",
        "plan": "Standard 25K",
        "program": "standard-25k",
        "phase": "evaluation",
        "opened_at": "2025-10-07T22:00:00Z",
    }
    return str(done(admin, "/v1/accounts", body).headers["Location"])


def trade(trade_id: str = "t-1", **facts: Any) -> dict[str, Any]:
    """A trade that lost 100.00 and its fees of 2.48, in a product that the plan does not allow."""
    return {
        "trade_id": trade_id,
        "symbol": "MGCZ5",
        "side": "long",
        "quantity": 2,
        "entry_price": "4000.0",
        "exit_price": "3995.0",
        "fees": {"amount": "2.48", "currency": "USD"},
        "entered_at": "2025-10-08T15:00:00Z",
        "exited_at": "2025-10-08T15:30:00Z",
        **facts,
    }


def asked(
    client: httpx.Client, path: str, body: Mapping[str, Any], **headers: str
) -> httpx.Response:
    """Whatever is answered to a command, under a new key unless one is given."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.post(path, json=body, headers={"Idempotency-Key": str(uuid4()), **named})


def done(
    client: httpx.Client, path: str, body: Mapping[str, Any], **headers: str
) -> httpx.Response:
    """The answer to a command that is taken in."""
    answer = asked(client, path, body, **headers)
    assert answer.is_success, answer.text
    return answer


def read(
    client: httpx.Client, path: str, *, after: httpx.Response, **query: str
) -> Mapping[str, Any]:
    """What a query answers once it holds what a command wrote."""
    headers = {"Ledger-Position-Min": after.headers["Ledger-Position"], "Prefer": "wait=5"}
    give_up_at = monotonic() + PATIENCE_SECONDS
    while True:
        answer = client.get(path, params=query, headers=headers)
        if answer.status_code == httpx.codes.OK:
            found: Mapping[str, Any] = answer.json()
            return found
        assert answer.json()["code"] == "projection-behind", answer.text
        assert monotonic() < give_up_at, answer.text
