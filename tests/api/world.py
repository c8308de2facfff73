"""The API on a real database with real read models, and callers of every role."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from warnings import catch_warnings, simplefilter

import httpx
from fastapi import FastAPI
from psycopg import connect
from pydantic import SecretStr

from interfaces.bootstrap.runtime import Runtime
from interfaces.bootstrap.starting import running
from interfaces.http.app import create_app
from interfaces.http.permissions import Role
from interfaces.http.tokens import Principal, Tokens
from interfaces.settings import Settings
from projections.daemon import catch_up
from projections.schema import create_read_models
from tests.support.postgres import Database

with catch_warnings():
    # It would have another package than httpx, which does the same.
    simplefilter("ignore")
    from fastapi.testclient import TestClient

SECRET = SecretStr("for tests only, 32 bytes or more of it")
TRADER, OTHER = UUID(int=7), UUID(int=8)
NOON = datetime(2026, 3, 2, 18, tzinfo=UTC)
"""Noon in Chicago, on a Monday."""

PACK: Mapping[str, Any] = {
    "name": "plain",
    "phase": "evaluation",
    "starting_balance": "50000.00",
    "max_loss": {"mode": "static", "amount": "2000.00"},
    "daily_loss": {"amount": "1000.00", "effect": "lock_day"},
    "profit_target": "3000.00",
    "minimum_trading_days": 2,
    "consistency": {"limit": "0.50", "of": "total_profit", "effect": "delay"},
    "position_limits": {"per_symbol": {"ES": 2, "MES": 5}, "others": "forbidden"},
}


@dataclass
class World:
    """What a test talks to. `now` is the clock of the service; a test may set it."""

    runtime: Runtime
    client: TestClient
    now: datetime = NOON
    tokens: Tokens = field(default_factory=lambda: Tokens(SECRET))

    def token(
        self, role: Role = "admin", *traders: UUID, subject: str = "alice", seconds: int = 3600
    ) -> str:
        principal = Principal.model_validate({"sub": subject, "role": role, "trader": set(traders)})
        return self.tokens.issue(principal, at=self.now, lifetime=timedelta(seconds=seconds))

    def headers(self, role: Role = "admin", *traders: UUID, **more: str) -> dict[str, str]:
        seen = traders or ((TRADER,) if role == "trader" else ())
        named = {name.replace("_", "-"): value for name, value in more.items()}
        return {"Authorization": f"Bearer {self.token(role, *seen)}", **named}

    def get(self, path: str, role: Role = "support", *traders: UUID, **more: str) -> httpx.Response:
        answer: httpx.Response = self.client.get(path, headers=self.headers(role, *traders, **more))
        return answer

    def post(
        self, path: str, body: Mapping[str, Any], *, key: str | None = None, **more: str
    ) -> httpx.Response:
        named = {"Idempotency_Key": key or str(uuid4()), "Content_Type": "application/json"}
        headers = self.headers("admin", **named, **more)
        answer: httpx.Response = self.client.post(path, content=json.dumps(body), headers=headers)
        return answer

    def opened(self, trader: UUID = TRADER, **facts: Any) -> str:
        """The path of a new account."""
        body = {"trader_id": f"trader_{trader}", "plan": "Plain 50K", "pack": PACK}
        body |= {"opened_at": "2026-03-02T12:00:00Z", **facts}
        answer = self.post("/v1/accounts", body)
        assert answer.status_code == 201, answer.text
        return str(answer.headers["Location"])

    def catch_up(self) -> None:
        """Bring the read models to the head of the log."""
        catch_up(log=self.runtime.log, pool=self.runtime.projector)


@contextmanager
def world_on(database: Database, **settings: Any) -> Iterator[World]:
    """The API on a migrated database."""
    with connect(database.conninfo) as owner:
        create_read_models(owner)
    chosen = Settings(
        database_url=SecretStr(database.url),
        redis_url=SecretStr("unix:///nowhere.sock"),
        database_pool_max=4,
        **settings,
    )
    with running(chosen) as runtime:
        world: World | None = None
        app = create_app(runtime, clock=lambda: world.now if world else NOON, secret=SECRET)
        with client_of(app) as client:
            world = World(runtime, client)
            yield world


def client_of(app: FastAPI) -> TestClient:
    """Talks to an application in this process."""
    return TestClient(app, raise_server_exceptions=False)


def trade(trade_id: str = "t-1", **facts: Any) -> dict[str, Any]:
    """A trade that made 250.00 before its fees of 4.50."""
    return {
        "trade_id": trade_id,
        "symbol": "ESH6",
        "side": "long",
        "quantity": 1,
        "entry_price": "5000.00",
        "exit_price": "5005.00",
        "fees": usd("4.50"),
        "entered_at": "2026-03-02T15:00:00Z",
        "exited_at": "2026-03-02T15:30:00Z",
        **facts,
    }


def usd(amount: str) -> dict[str, str]:
    """Money as the API takes it."""
    return {"amount": amount, "currency": "USD"}
