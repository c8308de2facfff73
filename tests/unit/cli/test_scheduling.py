"""How the threads of a service are scheduled."""

import os
from concurrent.futures import ThreadPoolExecutor
from threading import Thread

import pytest

from interfaces.scheduling import let_the_woken_wait


def policy() -> int:
    return os.sched_getscheduler(0)


def seen_by_a_child() -> list[int]:
    seen: list[int] = []
    thread = Thread(target=lambda: seen.append(policy()))
    thread.start()
    thread.join()
    return seen


def test_holds_for_the_thread_and_those_it_starts() -> None:
    def work() -> tuple[int, list[int]]:
        let_the_woken_wait()
        return policy(), seen_by_a_child()

    with ThreadPoolExecutor(1) as threads:
        assert threads.submit(work).result() == (os.SCHED_BATCH, [os.SCHED_BATCH])
    assert policy() == os.SCHED_OTHER, "others are left alone"


def test_serves_as_before_where_it_is_forbidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: object) -> None:
        raise PermissionError("not here")

    monkeypatch.setattr(os, "sched_setscheduler", forbidden)
    let_the_woken_wait()
    assert policy() == os.SCHED_OTHER
