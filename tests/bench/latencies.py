"""The four moments of a command, at a rate that leaves room: each counted from when it was due.

Accepted: it has been judged and waits in line. Durable: its append has returned. Projected: the
daemon, a process of its own, has brought every read model past it. Visible: the API, another
process, has answered a query for the account that had to hold it (`Ledger-Position-Min`).
"""

from __future__ import annotations

import subprocess
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Lock, Thread, local
from time import perf_counter_ns, sleep
from typing import Any, Final
from uuid import UUID

import httpx
from pydantic import SecretStr

from application.accounts.commands import RecordTrade
from application.accounts.handlers import record_trade
from application.pipeline import carry_out
from domain.accounts.account import TradingAccount
from domain.errors import DomainError
from infrastructure.event_store.ledger import EventSourcedLedger, open_ledger
from interfaces.bootstrap.runtime import Runtime
from interfaces.http.sealing import Sealer
from projections.daemon import catch_up
from projections.gate import least_position
from projections.read_models import READ_MODELS
from tests.bench.measuring import summary
from tests.bench.offered import trade_of, traded
from tests.support.processes import DYNASTY, serving
from tests.support.tokens import bearer

SECRET: Final = "a secret of the benchmark alone, 32 bytes"
RATE: Final = 100
ACCOUNTS: Final = 200
WRITERS: Final = 8
VIEWERS: Final = 12
LOOK_SECONDS: Final = 0.001
WARM_UP: Final = 300
"""Trades whose latencies are not counted: the first of every process pay for its beginning, and the
daemon folds each account anew when it first hears of it.
"""

NAMES: Final = [model.name for model in READ_MODELS]


@dataclass
class Traced:
    """One trade: when it was due, and its moments, in nanoseconds of one clock."""

    due: int
    account: UUID
    position: int = 0
    accepted: int = 0
    durable: int = 0
    visible: int = 0


@dataclass
class Positions:
    """When the read models were first seen at which position."""

    seen: list[int] = field(default_factory=list)
    at_ns: list[int] = field(default_factory=list)

    def when(self, position: int) -> int:
        """The first moment at which they were seen to hold it."""
        return self.at_ns[bisect_left(self.seen, position)]


def bench_latencies(runtime: Runtime, *, seconds: float) -> dict[str, Any]:
    """Percentiles of each of the four, over the same trades."""
    accounts = traded(runtime.ledger, accounts=ACCOUNTS)
    catch_up(log=runtime.log, pool=runtime.projector)
    while runtime.evidence.sealer.step():
        pass
    with ExitStack() as stack:
        directory = Path(stack.enter_context(TemporaryDirectory()))
        variables = {
            "DATABASE_URL": runtime.database_url,
            "REDIS_URL": runtime.redis_url,
            "DYNASTY_JWT_SECRET": SECRET,
        }
        server = stack.enter_context(serving(directory, **variables))
        stack.enter_context(_daemon(directory, variables))
        positions = stack.enter_context(_watched(runtime))
        traded(runtime.ledger, accounts=1)
        _wait(positions, runtime.log.head())
        done = _traced(runtime, accounts, server.url, count=WARM_UP + int(RATE * seconds))
        _wait(positions, max(each.position for each in done))
    kept = done[WARM_UP:]
    moments: dict[str, Callable[[Traced], int]] = {
        "accepted": lambda each: each.accepted,
        "durable": lambda each: each.durable,
        "projected": lambda each: positions.when(each.position),
        "visible": lambda each: each.visible,
    }
    span = max(each.visible for each in kept) - kept[0].due
    return {
        f"latency_{name}": {
            **asdict(
                summary([at(each) - each.due for each in kept], clients=WRITERS, taken_ns=span)
            ),
            "offered_per_second": RATE,
        }
        for name, at in moments.items()
    }


def _wait(positions: Positions, position: int) -> None:
    """Until the daemon has come so far."""
    while not positions.seen or positions.seen[-1] < position:
        sleep(LOOK_SECONDS)


def _traced(
    runtime: Runtime, accounts: Sequence[UUID], url: str, *, count: int
) -> Sequence[Traced]:
    ledger = open_ledger(runtime.database_url, pool_size=WRITERS)
    accepted = _noticed(ledger)
    for each in accounts:
        ledger.load(TradingAccount, each)
    viewer = _Viewer(url)
    done: list[Traced] = []
    views: list[Future[None]] = []
    began, numbers, taking = perf_counter_ns(), iter(range(count)), Lock()

    def trade() -> None:
        while True:
            with taking:
                number = next(numbers, None)
            if number is None:
                return
            place, made = trade_of(number, accounts=len(accounts))
            each = Traced(began + number * 1_000_000_000 // RATE, accounts[place])
            sleep(max(0, each.due - perf_counter_ns()) / 1_000_000_000)
            try:
                receipt = carry_out(
                    record_trade, RecordTrade(account_id=each.account, trade=made), ledger
                )
            except DomainError:
                continue  # The account has ended.
            each.durable, each.accepted = perf_counter_ns(), accepted()
            if receipt.position is not None:
                each.position = receipt.position
                done.append(each)
                views.append(viewers.submit(viewer.view, each))

    try:
        with ThreadPoolExecutor(VIEWERS) as viewers, ThreadPoolExecutor(WRITERS) as writers:
            for working in [writers.submit(trade) for _ in range(WRITERS)]:
                working.result()
            for view in views:
                view.result()
    finally:
        viewer.close()
        ledger.close()
    return sorted(done, key=lambda each: each.due)


def _noticed(ledger: EventSourcedLedger) -> Callable[[], int]:
    """Note when an append of this thread has been taken into the line; say when that was."""
    appends, own = ledger.recorder.appends, local()
    queued, goes_at_once = appends._queued, appends._goes_at_once

    def noticing(*given: Any) -> Any:
        taken = queued(*given)
        own.at = perf_counter_ns()
        return taken

    def noticing_alone() -> bool:
        goes = goes_at_once()
        if goes:
            own.at = perf_counter_ns()
        return goes

    appends._queued = noticing  # type: ignore[method-assign, assignment]
    appends._goes_at_once = noticing_alone  # type: ignore[method-assign]
    return lambda: int(own.at)


class _Viewer:
    """Asks the API for an account as it is after a trade."""

    def __init__(self, url: str) -> None:
        self._url, self._own, self._clients = url, local(), list[httpx.Client]()
        self._headers = bearer(SecretStr(SECRET), role="admin")
        self._sealer = Sealer(SecretStr(SECRET))

    def view(self, each: Traced) -> None:
        """Wait for the answer that holds the trade; ask again where that took too long."""
        sealed = self._sealer.seal("position", {"p": f"{each.position:019d}"})
        while True:
            answered = self._client().get(
                f"/v1/accounts/acc_{each.account}",
                headers={"Ledger-Position-Min": sealed, "Prefer": "wait=5"},
            )
            if answered.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                break
        each.visible = perf_counter_ns()
        answered.raise_for_status()

    def close(self) -> None:
        """Let all connections go."""
        for each in self._clients:
            each.close()

    def _client(self) -> httpx.Client:
        if not hasattr(self._own, "client"):
            self._own.client = httpx.Client(base_url=self._url, headers=self._headers, timeout=30)
            self._clients.append(self._own.client)
        client: httpx.Client = self._own.client
        return client


@contextmanager
def _watched(runtime: Runtime) -> Iterator[Positions]:
    """Look at the read models' position again and again, for the length of the block."""
    positions, stop = Positions(), Event()

    def watch() -> None:
        with runtime.read_models.connection() as connection:
            while not stop.wait(LOOK_SECONDS):
                position = least_position(connection, NAMES)
                if not positions.seen or position > positions.seen[-1]:
                    positions.at_ns.append(perf_counter_ns())
                    positions.seen.append(position)

    thread = Thread(target=watch)
    thread.start()
    try:
        yield positions
    finally:
        stop.set()
        thread.join()


@contextmanager
def _daemon(directory: Path, variables: dict[str, str]) -> Iterator[None]:
    with subprocess.Popen(
        [DYNASTY, "daemon"], cwd=directory, env=variables, stdout=subprocess.DEVNULL
    ) as process:
        try:
            yield
        finally:
            process.terminate()
