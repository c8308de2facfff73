"""The listener for scrapes: what it serves, what it refuses, and whom."""

import socket
from collections.abc import Iterator
from threading import Event, Thread

import httpx
import pytest

from interfaces.watching.collecting import MEDIA_TYPE
from interfaces.watching.listener import SCRAPES_MAX, MetricsNotServed, listening


@pytest.fixture
def url() -> Iterator[str]:
    with listening("127.0.0.1", 0, lambda: b"one 1\n") as found:
        yield found


def test_it_serves_what_it_is_told(url: str) -> None:
    answer = httpx.get(f"{url}?name=one")
    assert (answer.status_code, answer.text) == (200, "one 1\n")
    assert answer.headers["Content-Type"] == MEDIA_TYPE
    assert answer.headers["Server"] == "dynasty-ledger"


@pytest.mark.parametrize("path", ["", "/", "/metricsx", "/metrics/../etc", "/v1/accounts"])
def test_it_serves_nothing_else(url: str, path: str) -> None:
    assert httpx.get(url.removesuffix("/metrics") + path).status_code == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_it_takes_nothing(url: str, method: str) -> None:
    assert httpx.request(method, url).status_code == 501


def test_a_port_that_is_taken_is_refused() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with (
            pytest.raises(MetricsNotServed, match="DYNASTY_METRICS_PORT"),
            listening("127.0.0.1", port, lambda: b""),
        ):
            pass


def test_it_lets_few_ask_at_once() -> None:
    asked, answered = [Event() for _ in range(SCRAPES_MAX)], Event()
    waiting = iter(asked)

    def slowly() -> bytes:
        next(waiting).set()
        answered.wait(60)
        return b""

    with listening("127.0.0.1", 0, slowly) as url:
        threads = [Thread(target=httpx.get, args=(url,)) for _ in range(SCRAPES_MAX)]
        for thread in threads:
            thread.start()
        for each in asked:
            each.wait(60)
        try:
            assert httpx.get(url).status_code == 503
        finally:
            answered.set()
            for thread in threads:
                thread.join()


def test_it_is_gone_when_the_block_ends() -> None:
    with listening("127.0.0.1", 0, lambda: b"") as url:
        pass
    with pytest.raises(httpx.ConnectError):
        httpx.get(url)
