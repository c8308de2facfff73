"""The account summary through the real API, beside a bare round trip to the database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from itertools import count
from threading import Thread
from time import sleep
from typing import Any
from uuid import UUID

import httpx
import uvicorn
from pydantic import SecretStr

from interfaces.bootstrap.runtime import Runtime
from interfaces.http.app import create_app
from tests.bench.measuring import measure, ratio
from tests.support.tokens import bearer

SECRET = SecretStr("a secret of the benchmark alone, 32 bytes")
CLIENTS = 4


def bench_summaries(
    runtime: Runtime, accounts: Sequence[UUID], *, seconds: float
) -> dict[str, Any]:
    """Closed loop of four clients over all accounts."""
    with _listening(runtime) as url:
        headers = bearer(SECRET, role="admin")
        clients = [httpx.Client(base_url=url, headers=headers) for _ in range(CLIENTS)]
        numbers = [count(number) for number in range(CLIENTS)]

        def summary(client: int) -> None:
            account = accounts[next(numbers[client]) * CLIENTS % len(accounts)]
            clients[client].get(f"/v1/accounts/acc_{account}").raise_for_status()

        def bare(_: int) -> None:
            with runtime.read_models.connection() as connection:
                connection.execute("SELECT 1").fetchone()

        baseline = measure(bare, clients=CLIENTS, seconds=seconds)
        measured = measure(summary, clients=CLIENTS, seconds=seconds)
        for client in clients:
            client.close()
    return {
        "account_summary": {
            **asdict(measured),
            "accounts": len(accounts),
            "bare_round_trip": asdict(baseline),
            "p50_over_bare_round_trip": ratio(measured.p50_us, baseline.p50_us),
        }
    }


@contextmanager
def _listening(runtime: Runtime) -> Iterator[str]:
    config = uvicorn.Config(
        create_app(runtime, secret=SECRET), port=0, log_level="warning", access_log=False
    )
    server = uvicorn.Server(config)
    thread = Thread(target=server.run)
    thread.start()
    while not server.started:
        sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()
