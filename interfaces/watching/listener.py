"""A small listener for scrapes, of a process that has no API: `GET /metrics`, and nothing else.

It asks for no token, so it listens on this machine alone unless it is told otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import BoundedSemaphore, Thread
from typing import Final

from typing_extensions import override

from domain.errors import DomainError
from interfaces.watching.collecting import MEDIA_TYPE

PATH: Final = "/metrics"
TIMEOUT_SECONDS: Final = 10
SCRAPES_MAX: Final = 4


class MetricsNotServed(DomainError):
    """The address for metrics is taken, or is none of this machine's."""

    code = "metrics-not-served"


@contextmanager
def listening(host: str, port: int, told: Callable[[], bytes]) -> Iterator[str]:
    """Serve what `told` gives during the block; the URL. Refuses with MetricsNotServed."""
    try:
        server = _Server((host, port), told)
    except (OSError, OverflowError) as fault:
        raise MetricsNotServed(
            f"Metrics cannot be served on {host}:{port}: {fault}. Set DYNASTY_METRICS_PORT to a"
            " free port, and DYNASTY_METRICS_HOST to an address of this machine.",
        ) from fault
    thread = Thread(target=server.serve_forever, name="metrics", daemon=True)
    thread.start()
    try:
        bound_host, bound_port = server.server_address[:2]
        yield f"http://{bound_host!s}:{bound_port}{PATH}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], told: Callable[[], bytes]) -> None:
        self.told, self.scrapes = told, BoundedSemaphore(SCRAPES_MAX)
        super().__init__(address, _Handler)

    @override
    def handle_error(self, request: object, client_address: object) -> None:
        """A caller that went away is no news."""


class _Handler(BaseHTTPRequestHandler):
    timeout = TIMEOUT_SECONDS
    server: _Server

    @override
    def version_string(self) -> str:
        return "dynasty-ledger"

    def do_GET(self) -> None:
        """Answer a scrape."""
        if self.path.partition("?")[0] != PATH:
            self.send_error(HTTPStatus.NOT_FOUND, "Only /metrics is here.")
        elif not self.server.scrapes.acquire(blocking=False):
            self.send_error(HTTPStatus.SERVICE_UNAVAILABLE, "Too many ask at once.")
        else:
            try:
                self._answer(self.server.told())
            finally:
                self.server.scrapes.release()

    def _answer(self, body: bytes) -> None:
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", MEDIA_TYPE)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    @override
    def log_message(self, format: str, *args: object) -> None:
        """Scrapes are not written down."""
