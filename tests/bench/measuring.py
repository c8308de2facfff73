"""Closed-loop clients and what their latencies come to."""

from __future__ import annotations

import gc
import os
import platform
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median
from time import perf_counter_ns, process_time_ns, sleep
from typing import Any

from domain.errors import DomainError
from interfaces.scheduling import let_the_woken_wait


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A rate, and percentiles of one operation in microseconds."""

    clients: int
    operations: int
    per_second: int
    p50_us: int
    p95_us: int
    p99_us: int


def measure(operation: Callable[[int], object], *, clients: int, seconds: float) -> Measured:
    """Let each client repeat the operation, given its number, until the time is over."""
    latencies: list[list[int]] = [[] for _ in range(clients)]
    faults: list[BaseException] = []
    ready = threading.Barrier(clients + 1)
    until = 0

    def client(number: int) -> None:
        let_the_woken_wait()  # As the threads of the service do.
        ready.wait()
        try:
            while (began := perf_counter_ns()) < until:
                operation(number)
                latencies[number].append(perf_counter_ns() - began)
        except BaseException as fault:  # noqa: BLE001 (told to the main thread)
            faults.append(fault)

    threads = [threading.Thread(target=client, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    began = perf_counter_ns()
    until = began + int(seconds * 1e9)
    ready.wait()
    for thread in threads:
        thread.join()
    if faults:
        raise faults[0]
    taken = perf_counter_ns() - began
    return summary([each for one in latencies for each in one], clients=clients, taken_ns=taken)


@dataclass(frozen=True, slots=True)
class Offered:
    """What became of work that was offered at a rate: latencies from when each piece was due."""

    latencies_ns: list[int]
    taken_ns: int
    at_work_ns: int
    refused: int


def when_due(
    operation: Callable[[int], object],
    *,
    numbers: Sequence[int],
    first: int,
    rate: int,
    threads: int,
) -> Offered:
    """Do what each number stands for, as soon as it is due: `rate` numbers a second after `first`.

    A thread that is late goes on at once, and its lateness counts. Refusals count as done.
    """
    waiting, latencies, refused = iter(numbers), list[int](), list[str]()
    began, at_work, taking = perf_counter_ns(), process_time_ns(), threading.Lock()

    def client() -> None:
        while True:
            with taking:
                number = next(waiting, None)
            if number is None:
                return
            due = began + (number - first) * 1_000_000_000 // rate
            sleep(max(0, due - perf_counter_ns()) / 1_000_000_000)
            try:
                operation(number)
            except DomainError as refusal:
                refused.append(refusal.code)
            latencies.append(perf_counter_ns() - due)

    with ThreadPoolExecutor(threads) as pool:
        for each in [pool.submit(client) for _ in range(threads)]:
            each.result()
    return Offered(latencies, perf_counter_ns() - began, process_time_ns() - at_work, len(refused))


def summary(latencies_ns: Sequence[int], *, clients: int, taken_ns: int) -> Measured:
    """Rate and percentiles of single latencies."""
    ordered = sorted(latencies_ns)

    def percentile(percent: int) -> int:
        return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)] // 1_000

    return Measured(
        clients=clients,
        operations=len(ordered),
        per_second=len(ordered) * 1_000_000_000 // taken_ns,
        p50_us=percentile(50),
        p95_us=percentile(95),
        p99_us=percentile(99),
    )


@contextmanager
def settled() -> Iterator[None]:
    """Inside, the collector of the interpreter does not walk through what earlier sections left."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def median_of(runs: Sequence[Measured]) -> Measured:
    """The run in the middle by rate: this machine is noisy."""
    return sorted(runs, key=lambda run: run.per_second)[len(runs) // 2]


def median_ratio(ours: Sequence[float], baseline: Sequence[float]) -> str:
    """How many times the baseline, in the round in the middle: both of one round were measured one
    after the other, while the machine may be another one in the next.
    """
    return f"{median(one / other for one, other in zip(ours, baseline, strict=True)):.2f}"


def ratio(ours: float, baseline: float) -> str:
    """How many times the baseline, to two places."""
    return f"{ours / baseline:.2f}"


def machine() -> dict[str, Any]:
    """What the numbers were taken on."""
    return {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()}",
        "processor": platform.machine(),
        "cores": os.cpu_count(),
        "load_before": [round(each, 2) for each in os.getloadavg()],
    }
