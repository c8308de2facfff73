"""A statement whose parameters are prepared bytes, sent as they are.

For the one statement of the hot path: the driver looks at every parameter and every column to find
out how to write and read it, which here is known.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeAlias
from weakref import WeakKeyDictionary

from psycopg import OperationalError
from psycopg.errors import error_from_result
from psycopg.pq import ConnStatus, DiagnosticField, ExecStatus, Format
from psycopg.pq.abc import PGconn, PGresult

from infrastructure.postgres.persistence import Session

Columns: TypeAlias = Sequence[bytes | None]

# Looked up once: a member of an enumeration is found by a call.
_BINARY: Final = Format.BINARY
_DONE: Final = (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK)


class BinaryCall:
    """One statement, prepared once on each connection. Parameters and columns are binary.

    The thread waits inside libpq, without the interpreter's lock; what limits the wait are the
    session's own limits.
    """

    def __init__(self, name: str, statement: bytes, *, parameters: int) -> None:
        self._name, self._statement = name.encode(), statement
        self._formats: Final = [_BINARY] * parameters
        self._prepared: WeakKeyDictionary[Session, None] = WeakKeyDictionary()

    def prepare(self, session: Session) -> None:
        """Have the statement ready on this connection."""
        if session not in self._prepared:
            connection = session.pgconn
            checked(connection, connection.prepare(self._name, self._statement))
            self._prepared[session] = None

    def __call__(self, session: Session, values: Sequence[bytes]) -> Columns:
        """The columns of the first row. Raises what the driver raises for the same fault."""
        connection = session.pgconn
        self.prepare(session)
        try:
            result = connection.exec_prepared(self._name, values, self._formats, _BINARY)
        except MemoryError as fault:  # Also what it says when it could not send anything.
            if connection.status == ConnStatus.OK:
                raise
            raise lost(connection) from fault
        checked(connection, result)
        return columns_of(result)

    def send(self, connection: PGconn, values: Sequence[bytes]) -> None:
        """Put the call on its way, where the statement is prepared. Who reads the answer does so
        with `columns_of`.
        """
        connection.send_query_prepared(self._name, values, self._formats, _BINARY)


def columns_of(result: PGresult) -> Columns:
    """The columns of the first row. Raises what the server says instead of an answer."""
    if is_fault(result):
        raise error_from_result(result)
    return [result.get_value(0, column) for column in range(result.nfields)]


def checked(connection: PGconn, result: PGresult) -> None:
    """Raises what the server says instead of an answer, or that nobody is there to say it."""
    if not is_fault(result):
        return
    # What the driver itself says of a write that failed has no state, and comes before it has
    # noticed the end of the connection.
    if connection.status != ConnStatus.OK or not result.error_field(DiagnosticField.SQLSTATE):
        raise lost(connection)
    raise error_from_result(result)


def is_fault(result: PGresult) -> bool:
    """Whether the server says something else than an answer."""
    return result.status not in _DONE


def lost(connection: PGconn) -> OperationalError:
    """What the driver would raise for a connection that is no more."""
    return OperationalError(connection.get_error_message() or "the connection is lost")
