"""A real browser, driven from outside: it opens one page, paints it, and ends."""

import shutil
import subprocess
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import mkdtemp
from threading import Thread

NAMES = ("chromium", "chromium-browser", "google-chrome")
BROWSER = next((found for name in NAMES if (found := shutil.which(name))), None)
SECONDS_MAX = 120
_FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-extensions", "--hide-scrollbars", "--proxy-bypass-list=<-loopback>",
)  # fmt: skip
_SIGNATURE = b"\x89PNG\r\n\x1a\n"


@dataclass
class Web:
    """All the network there is for a browser: one page, and a list of what was asked for."""

    page: bytes
    asked: list[str] = field(default_factory=list)
    port: int = 0


@contextmanager
def the_whole_web(page: str) -> Iterator[Web]:
    """A proxy that answers every address with this page, for as long as the block."""
    web = Web(page.encode())

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            web.asked.append(self.path)
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(web.page)

        def do_CONNECT(self) -> None:
            web.asked.append(self.path)
            self.send_error(502)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    web.port = server.server_port
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield web
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def opened(web: Web, address: str, *flags: str) -> str:
    """What the browser says of the page at this address: its document as it stands."""
    assert BROWSER is not None, "no browser is installed"
    profile = mkdtemp(prefix="df-", dir="/tmp")
    try:
        told = subprocess.run(
            [
                BROWSER, *_FLAGS, f"--user-data-dir={profile}",
                f"--proxy-server=http://127.0.0.1:{web.port}", *flags, address,
            ],
            check=True,
            capture_output=True,
            timeout=SECONDS_MAX,
        )  # fmt: skip
    finally:
        shutil.rmtree(profile, ignore_errors=True)
    return told.stdout.decode()


def pixels_of(png: Path) -> Iterator[tuple[int, int, int]]:
    """The colours of a screenshot, dot by dot."""
    content = png.read_bytes()
    assert content.startswith(_SIGNATURE)
    at, data, width, channels = len(_SIGNATURE), b"", 0, 3
    while at < len(content):
        length, kind = int.from_bytes(content[at : at + 4], "big"), content[at + 4 : at + 8]
        chunk = content[at + 8 : at + 8 + length]
        if kind == b"IHDR":
            width, channels = int.from_bytes(chunk[:4], "big"), {2: 3, 6: 4}[chunk[9]]
            assert chunk[8] == 8, "eight bits a colour"
            assert chunk[12] == 0, "line after line"
        elif kind == b"IDAT":
            data += chunk
        at += length + 12
    before = bytearray(width * channels)
    rows, size = zlib.decompress(data), width * channels + 1
    for start in range(0, len(rows), size):
        before = _row(rows[start], bytearray(rows[start + 1 : start + size]), before, channels)
        for dot in range(0, len(before), channels):
            yield before[dot], before[dot + 1], before[dot + 2]


def _row(kind: int, row: bytearray, above: bytearray, step: int) -> bytearray:
    """A line as it was before it was written down as differences from its neighbours."""
    for at in range(len(row)):
        left = row[at - step] if at >= step else 0
        corner = above[at - step] if at >= step else 0
        guesses = (0, left, above[at], (left + above[at]) // 2, _nearest(left, above[at], corner))
        row[at] = (row[at] + guesses[kind]) & 255
    return row


def _nearest(left: int, above: int, corner: int) -> int:
    guess = left + above - corner
    return min((left, above, corner), key=lambda each: abs(guess - each))
