"""A trading platform that takes orders over HTTP and remembers which keys it has seen."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread


@dataclass
class Platform:
    """Orders by key: what was asked under it, each distinct content once, and how often."""

    url: str = ""
    orders: dict[str, set[tuple[str, bytes]]] = field(default_factory=dict)
    received: int = 0
    _lock: Lock = field(default_factory=Lock)

    def take(self, key: str, path: str, body: bytes) -> None:
        """Do it, if it is new."""
        with self._lock:
            self.received += 1
            self.orders.setdefault(key.strip('"'), set()).add((path, body))


@contextmanager
def a_platform() -> Iterator[Platform]:
    """A platform that listens for the length of the block."""
    platform = Platform()

    class Takes(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            platform.take(self.headers["Idempotency-Key"], self.path, body)
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Takes)
    server.daemon_threads = True
    platform.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield platform
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
