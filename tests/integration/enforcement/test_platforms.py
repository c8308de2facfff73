"""Orders on their way to a platform: a Redis stream, and HTTP to a server in a thread."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from uuid import UUID

import pytest
import redis

from application.enforcement.errors import PlatformRefused, PlatformUnavailable
from application.enforcement.ports import TradingPlatform
from infrastructure.enforcement.http_platform import HttpPlatform
from infrastructure.enforcement.redis_platform import STREAM, RedisPlatform
from tests.support.redis import redis_server

ACCOUNT = UUID(int=1)
UNTIL = datetime(2026, 3, 3, 23, tzinfo=UTC)
FACTS = {"key": "p:1", "reason": "The rule max_loss was broken."}
Order = Callable[[TradingPlatform], None]


def flatten(platform: TradingPlatform, key: str = "p:1") -> None:
    platform.flatten(ACCOUNT, key=key, reason=FACTS["reason"])


@pytest.fixture
def client() -> Iterator[redis.Redis]:
    with redis_server().emptied() as emptied:
        yield emptied


class TestTheRedisPlatform:
    def test_adds_an_entry_for_an_order(self, client: redis.Redis) -> None:
        RedisPlatform(client).lock_until(ACCOUNT, until=UNTIL, **FACTS)
        ((_, entry),) = _entries(client)
        assert entry == {
            b"action": b"lock_until", b"account_id": f"acc_{ACCOUNT}".encode(), b"key": b"p:1",
            b"reason": FACTS["reason"].encode(), b"until": UNTIL.isoformat().encode(),
        }  # fmt: skip

    def test_adds_an_order_once_however_often_it_comes(self, client: redis.Redis) -> None:
        platform = RedisPlatform(client)
        for key in ("p:1", "p:1", "p:2"):
            platform.disable(ACCOUNT, key=key, reason=".")
        assert len(_entries(client)) == 2

    def test_lets_nothing_pile_up_without_end(self, client: redis.Redis) -> None:
        platform = RedisPlatform(client, waiting_max=1)
        flatten(platform)
        with pytest.raises(PlatformUnavailable, match="bridge"):
            flatten(platform, "p:2")
        assert len(_entries(client)) == 1
        client.xtrim(STREAM, maxlen=0, approximate=False)
        flatten(platform, "p:2")
        assert len(_entries(client)) == 1

    def test_that_does_not_answer_is_unavailable(self) -> None:
        with pytest.raises(PlatformUnavailable, match="Redis"):
            flatten(RedisPlatform(redis.Redis(unix_socket_path="nobody-listens")))


def _entries(client: redis.Redis) -> list[Any]:
    found: Any = client.xrange(STREAM)
    return list(found)


@dataclass
class Listener:
    """A platform that answers with a status and remembers what it was asked."""

    status: int = 204
    asked: list[tuple[str, dict[str, str], str]] = field(default_factory=list)


@contextmanager
def listening(listener: Listener) -> Iterator[str]:
    class Answering(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            listener.asked.append((self.path, dict(self.headers), body))
            self.send_response(listener.status)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v2"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class TestTheHttpPlatform:
    @pytest.mark.parametrize(
        ("order", "path"),
        [
            (lambda each: each.flatten(ACCOUNT, **FACTS), "flatten"),
            (lambda each: each.lock_until(ACCOUNT, until=UNTIL, **FACTS), "lock"),
            (lambda each: each.disable(ACCOUNT, **FACTS), "disable"),
        ],
    )
    def test_posts_an_order_with_its_key(self, order: Order, path: str) -> None:
        listener = Listener()
        with listening(listener) as url:
            order(HttpPlatform(url, token="hunter2"))
        ((asked, headers, body),) = listener.asked
        assert asked == f"/v2/accounts/acc_{ACCOUNT}/{path}"
        assert headers["Idempotency-Key"] == '"p:1"'
        assert headers["Authorization"] == "Bearer hunter2"
        assert FACTS["reason"] in body
        assert (UNTIL.isoformat() in body) == (path == "lock")

    @pytest.mark.parametrize("status", [301, 401, 408, 429, 500, 503])
    def test_may_be_asked_again_when_that_may_help(self, status: int) -> None:
        with listening(Listener(status)) as url, pytest.raises(PlatformUnavailable) as fault:
            flatten(HttpPlatform(url, token="hunter2"))
        assert str(status) in fault.value.sentence
        assert "hunter2" not in fault.value.sentence

    @pytest.mark.parametrize("status", [400, 404, 422])
    def test_is_not_asked_again_when_it_refuses(self, status: int) -> None:
        with listening(Listener(status)) as url, pytest.raises(PlatformRefused):
            flatten(HttpPlatform(url, token=None))

    def test_that_nobody_runs_is_unavailable(self) -> None:
        with listening(Listener()) as url:
            pass
        with pytest.raises(PlatformUnavailable):
            flatten(HttpPlatform(url, token=None))
