"""Calls of several threads that are on their way at once over one connection.

The server takes up the next call as soon as it has answered the one before: nobody has to be woken
in between, and no two of its processes wait for each other's locks.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from queue import SimpleQueue
from select import POLLIN, POLLOUT, poll
from socket import SHUT_RDWR, socket, socketpair
from threading import Lock
from time import monotonic
from typing import Final, TypeAlias

import psycopg
from psycopg import OperationalError
from psycopg.pq import DiagnosticField, ExecStatus
from psycopg.pq.abc import PGresult

from infrastructure.postgres.calls import BinaryCall, Columns, columns_of, is_fault, lost
from infrastructure.postgres.persistence import Session

AGE_SECONDS_MAX: Final = 3_600.0
"""A connection that is older is made anew as soon as nothing is on its way, as pools do."""

Values: TypeAlias = Callable[[Session], Sequence[bytes]]
"""Makes the parameters of a call for a connection. It asks nothing over it."""

PAUSE_SECONDS: Final = 1.0
"""Before it is tried again where no connection could be made."""

_SYNC: Final = ExecStatus.PIPELINE_SYNC
_OF_THE_CALL: Final = (b"22", b"23", b"LK")
"""Classes of faults that say something of what was asked, and nothing of the connection."""


class NotSent(OperationalError):
    """There is no connection to send a call over. Nothing of it happened."""


class Pipeline:
    """The way for calls of one statement, each of them a transaction of its own.

    The connection is made by the first call, and by the next one after it was lost. Answers come in
    the order of the calls: the thread of the oldest waits at the connection, and the others for
    their turn to. `ready` is told of a connection before its first call.
    """

    def __init__(
        self,
        connect: Callable[[], Session],
        call: BinaryCall,
        *,
        ready: Callable[[Session], object],
        age_seconds_max: float = AGE_SECONDS_MAX,
    ) -> None:
        self._connect, self._call, self._ready = connect, call, ready
        self._age_max = age_seconds_max
        self._guard = Lock()
        self._way: _Way | None = None
        self._closed = False
        self._not_before = 0.0

    def __call__(self, values: Values) -> Columns:
        """The columns of the first row of the answer, as `BinaryCall` gives them.

        Raises NotSent, or what the driver raises for the same fault. When the connection is lost,
        that is OperationalError for each call that was on its way.
        """
        mine = _Sent()
        try:
            with self._guard:
                way = self._current()
                self._send(way, mine, values)
            mine.bell.get()
            while not mine.settled:
                self._look(way, mine)
        except BaseException:
            self._leave(mine)
            raise
        return mine.columns()

    def close(self) -> None:
        """Take no more calls. Those that are on their way still get their answers."""
        with self._guard:
            self._closed = True
            if self._way is not None and not self._way.pending:
                self._drop(self._way)

    def _current(self) -> _Way:
        if self._closed:
            raise NotSent("the pipeline is closed")
        return self._way or self._made()

    def _made(self) -> _Way:
        if monotonic() < self._not_before:
            raise NotSent("no connection could be made a moment ago")
        try:
            session = self._connect()
            try:
                self._ready(session)
                self._call.prepare(session)
                self._way = _Way(session, until=monotonic() + self._age_max)
            except BaseException:
                session.close()
                raise
        except psycopg.Error as fault:
            self._not_before = monotonic() + PAUSE_SECONDS
            raise NotSent(f"no connection could be made: {fault}") from fault
        return self._way

    def _send(self, way: _Way, mine: _Sent, values: Values) -> None:
        """On its way. The thread of the oldest call begins to read at once."""
        parameters = values(way.session)
        try:
            way.send(mine, self._call, parameters)
        except BaseException as fault:
            if way.pending and way.pending[0] is not mine:
                self._way = None  # Who waits at the connection sees its end, and breaks it.
                way.shut()
            else:
                self._break(way, fault)
            raise
        if way.pending[0] is mine:
            mine.bell.put(None)

    def _look(self, way: _Way, mine: _Sent) -> None:
        """Read what has come, and wait when it is no whole answer. Only the oldest's thread does.

        What has come may be in the driver's hands already, so it looks before it waits.
        """
        with self._guard:
            try:
                way.read()
            except OperationalError as fault:
                self._break(way, fault)
            if mine.settled:
                self._pass_on(way)
                return
        way.wait()

    def _pass_on(self, way: _Way) -> None:
        """The next one reads now, if there is one."""
        if not way.pending:
            if self._way is not way or self._closed or monotonic() >= way.until:
                self._drop(way)
        elif way.pending[0].left:  # Nobody reads its answer, and so none behind it.
            self._break(way, OperationalError("the thread of an earlier call was interrupted"))
        else:
            way.pending[0].bell.put(None)

    def _break(self, way: _Way, fault: BaseException) -> None:
        """Nobody gets an answer over this connection any more; and nobody waits at it now."""
        self._drop(way)
        while way.pending:
            way.pending[0].fail(fault)
            way.pending.popleft()

    def _drop(self, way: _Way) -> None:
        if self._way is way:
            self._way = None
        way.close()

    def _leave(self, mine: _Sent) -> None:
        """Its thread was interrupted. Its answer comes all the same, ahead of those behind it."""
        way, mine.left = mine.way, True
        while way is not None:
            try:
                with self._guard:
                    if way.closed:
                        self._break(way, OperationalError("the connection is lost"))
                    elif mine not in way.pending or way.pending[0] is mine:
                        self._pass_on(way)
                    return
            except KeyboardInterrupt:  # Again: what others wait for is done all the same.
                continue


class _Sent:
    """A call on its way, and what becomes of it."""

    __slots__ = ("_fault", "_result", "bell", "left", "way")

    def __init__(self) -> None:
        self.bell: SimpleQueue[None] = SimpleQueue()
        self.way: _Way | None = None
        self.left = False
        self._result: PGresult | None = None
        self._fault: OperationalError | None = None

    @property
    def settled(self) -> bool:
        return self._result is not None or self._fault is not None

    def answer(self, result: PGresult) -> None:
        self._result = result

    def fail(self, fault: BaseException) -> None:
        """An error of its own: threads that raise one and the same spoil its traceback."""
        self._fault = OperationalError(str(fault))
        self.bell.put(None)

    def columns(self) -> Columns:
        if self._fault is not None:
            raise self._fault
        assert self._result is not None, "it has been answered"
        return columns_of(self._result)


class _Way:
    """A connection in pipeline mode. Whoever calls holds the pipeline's guard, but for `wait`."""

    def __init__(self, session: Session, *, until: float) -> None:
        self.session, self._connection, self.until = session, session.pgconn, until
        self._connection.enter_pipeline_mode()
        self.pending: deque[_Sent] = deque()
        self.closed = False
        # The driver closes its own socket when it sees the end of the connection, whoever waits at
        # it; the number would then be another file's.
        self._socket = socket(fileno=os.dup(self._connection.socket))
        self._nudge, self._nudged = socketpair()
        self._incoming = poll()
        self._incoming.register(self._socket, POLLIN)
        self._incoming.register(self._nudged, POLLIN)
        self._result: PGresult | None = None
        self._ended = False

    def send(self, mine: _Sent, call: BinaryCall, values: Sequence[bytes]) -> None:
        """Each call ends its own transaction, so that a fault of one is none of the next."""
        connection = self._connection
        mine.way = self
        self.pending.append(mine)
        call.send(connection, values)
        connection.pipeline_sync()
        if connection.flush():
            both = poll()
            both.register(self._socket, POLLIN | POLLOUT)
            while connection.flush():
                both.poll()
                connection.consume_input()
            # What was taken in may be the answer that somebody waits for.
            self._nudge.send(b"!")

    def wait(self) -> None:
        """Until something comes. What limits the wait are the session's own limits."""
        for number, _ in self._incoming.poll():
            if number == self._nudged.fileno():
                self._nudged.recv(64)

    def read(self) -> None:
        """Take in what has come: of the oldest call alone, when its answer is whole.

        The commit is behind the columns: only the end of the call says that it happened. Raises
        OperationalError when the connection is lost.
        """
        connection = self._connection
        connection.consume_input()
        while not connection.is_busy():
            result = connection.get_result()
            if result is None:  # Once after each result; again where nothing comes any more.
                if self._ended:
                    raise lost(connection)
                self._ended = True
            elif result.status != _SYNC:
                self._ended = False
                if self._result is None or is_fault(result):
                    self._result = result
            elif self._result is None:
                raise lost(connection)
            else:
                answer, self._result, self._ended = self._result, None, False
                if is_fault(answer) and not _is_of_the_call(answer):
                    self.until = 0.0  # Another connection may be better.
                self.pending.popleft().answer(answer)
                return

    def shut(self) -> None:
        """Let whoever waits at it see that it is lost. It is closed by them."""
        with suppress(OSError):
            self._socket.shutdown(SHUT_RDWR)

    def close(self) -> None:
        """Nobody waits at it any more."""
        self.closed = True
        self.session.close()
        for each in (self._socket, self._nudge, self._nudged):
            each.close()


def _is_of_the_call(fault: PGresult) -> bool:
    state = fault.error_field(DiagnosticField.SQLSTATE)
    return state is not None and state.startswith(_OF_THE_CALL)
