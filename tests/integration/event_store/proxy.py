"""A proxy before PostgreSQL's socket that cuts a connection at the worst moment."""

import socket
from collections import deque
from contextlib import suppress
from pathlib import Path
from select import select
from shutil import rmtree
from tempfile import mkdtemp
from threading import Thread
from typing import Literal, TypeAlias

SOCKET = ".s.PGSQL.5432"
READY_FOR_QUERY = b"Z\x00\x00\x00\x05I"  # The transaction is over, and nothing more will come.
CHUNK = 65_536

Cut: TypeAlias = Literal["request", "answer"]


class CuttingProxy:
    """Passes everything on, except what `cut_next` says.

    "request": what the client sends next never reaches the server.
    "answer": the server does it and answers, and the client never hears of it.

    While the server is away, whoever calls is hung up on.
    """

    def __init__(self, upstream: Path) -> None:
        self.sockets = Path(mkdtemp(prefix="df-", dir="/tmp"))
        self.cuts_made = 0
        self._upstream = str(upstream / SOCKET)
        self._planned: deque[Cut] = deque()
        self._open: set[socket.socket] = set()
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(self.sockets / SOCKET))
        self._listener.listen()
        Thread(target=self._accept, daemon=True).start()

    def cut_next(self, *cuts: Cut) -> None:
        self._planned.extend(cuts)

    def cut_all(self) -> None:
        """Hang up on everybody who is connected now."""
        for end in list(self._open):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Hang up on everybody and listen no more."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut_all()
        rmtree(self.sockets, ignore_errors=True)

    def _next_cut(self) -> Cut | None:
        try:
            return self._planned.popleft()
        except IndexError:  # Another connection may have been quicker.
            return None

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.socket(socket.AF_UNIX)
                try:
                    server.connect(self._upstream)
                except OSError:
                    client.close()
                    server.close()
                    continue
                Thread(target=self._serve, args=(client, server), daemon=True).start()

    def _serve(self, client: socket.socket, server: socket.socket) -> None:
        self._open |= {client, server}
        with client, server, suppress(OSError):
            self._pass_on(client, server)
        self._open -= {client, server}

    def _pass_on(self, client: socket.socket, server: socket.socket) -> None:
        swallowed: bytes | None = None
        while True:
            readable, _, _ = select([client, server], [], [])
            if client in readable:
                asked = client.recv(CHUNK)
                if swallowed is None and (cut := self._next_cut()) is not None:
                    self.cuts_made += 1
                    if cut == "request":
                        return
                    swallowed = b""
                if not asked:
                    return
                server.sendall(asked)
            if server in readable:
                answered = server.recv(CHUNK)
                if not answered:
                    return
                if swallowed is None:
                    client.sendall(answered)
                    continue
                swallowed += answered
                if swallowed.endswith(READY_FOR_QUERY):
                    return
