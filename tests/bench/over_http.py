"""Trades over HTTP: a client, `dynasty serve` and the database share the machine."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import asdict
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock, local
from typing import Any, Final
from uuid import UUID

import httpx
from pydantic import SecretStr

from domain.accounts.errors import AccountEnded
from domain.accounts.executions import Trade
from interfaces.bootstrap.runtime import Runtime
from tests.bench.measuring import measure, summary, when_due
from tests.bench.offered import trade_of, traded
from tests.support.processes import serving
from tests.support.tokens import bearer

SECRET: Final = "a secret of the benchmark alone, 32 bytes"
CLIENTS: Final = 8
ACCOUNTS: Final = 200


def bench_requests(runtime: Runtime, *, seconds: float) -> dict[str, Any]:
    """As many as eight clients get answered, then three quarters of that rate when they are due."""
    accounts = traded(runtime.ledger, accounts=ACCOUNTS)
    with TemporaryDirectory() as directory, ExitStack() as stack:
        server = stack.enter_context(
            serving(
                Path(directory),
                DATABASE_URL=runtime.database_url,
                REDIS_URL=runtime.redis_url,
                DYNASTY_JWT_SECRET=SECRET,
            )
        )
        teller = _Teller(server.url, accounts)
        stack.callback(teller.close)
        measure(teller.tell, clients=CLIENTS, seconds=1)
        sustained = measure(teller.tell, clients=CLIENTS, seconds=seconds)
        rate = max(1, sustained.per_second * 3 // 4)
        done = when_due(
            teller.tell, numbers=range(int(rate * seconds)), first=0, rate=rate, threads=CLIENTS
        )
    paced = summary(done.latencies_ns, clients=CLIENTS, taken_ns=done.taken_ns)
    return {
        "trades_over_http": {
            "accounts": ACCOUNTS,
            "server_processes": 1,
            "sustained": asdict(sustained),
            "offered_per_second": rate,
            "achieved_per_second": paced.per_second,
            "p50_us": paced.p50_us,
            "p95_us": paced.p95_us,
            "p99_us": paced.p99_us,
            "refused": teller.refused,
        }
    }


class _Teller:
    """Reports one trade after the other, whoever asks for it."""

    def __init__(self, url: str, accounts: list[UUID]) -> None:
        self._url, self._accounts = url, accounts
        self._headers = bearer(SecretStr(SECRET), role="admin")
        self._numbers, self._own, self._lock = count(1), local(), Lock()
        self._clients: list[httpx.Client] = []
        self.refused = 0

    def tell(self, _: int) -> None:
        """The next trade, by the client of this thread."""
        place, trade = trade_of(next(self._numbers), accounts=len(self._accounts))
        answered = self._client().post(
            f"/v1/accounts/acc_{self._accounts[place]}/trades",
            json=_body(trade),
            headers={"Idempotency-Key": f"{self._accounts[place]}-{trade.trade_id}"},
        )
        if answered.is_client_error and answered.json()["code"] == AccountEnded.code:
            self.refused += 1
        else:
            answered.raise_for_status()

    def close(self) -> None:
        """Let all connections go."""
        for each in self._clients:
            each.close()

    def _client(self) -> httpx.Client:
        if not hasattr(self._own, "client"):
            self._own.client = httpx.Client(base_url=self._url, headers=self._headers, timeout=60)
            with self._lock:
                self._clients.append(self._own.client)
        client: httpx.Client = self._own.client
        return client


def _body(trade: Trade) -> dict[str, object]:
    return {
        "trade_id": trade.trade_id,
        "symbol": trade.symbol,
        "side": trade.side,
        "quantity": trade.quantity,
        "entry_price": str(trade.entry_price),
        "exit_price": str(trade.exit_price),
        "fees": {"amount": str(trade.fees), "currency": "USD"},
        "entered_at": trade.entered_at.isoformat(),
        "exited_at": trade.exited_at.isoformat(),
    }
