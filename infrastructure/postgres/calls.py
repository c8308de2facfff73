"""A statement whose parameters are prepared bytes, sent as they are.

For the one statement of the hot path: the driver looks at every parameter and every column to find
out how to write and read it, which here is known.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from weakref import WeakKeyDictionary

from psycopg import OperationalError
from psycopg.errors import error_from_result
from psycopg.pq import ConnStatus, ExecStatus, Format
from psycopg.pq.abc import PGconn, PGresult

from infrastructure.postgres.persistence import Session


class BinaryCall:
    """One statement, prepared once on each connection. Parameters and columns are binary.

    The thread waits inside libpq, without the interpreter's lock; what limits the wait are the
    session's own limits.
    """

    def __init__(self, name: str, statement: bytes, *, parameters: int) -> None:
        self._name, self._statement = name.encode(), statement
        self._formats: Final = [Format.BINARY] * parameters
        self._prepared: WeakKeyDictionary[Session, None] = WeakKeyDictionary()

    def __call__(self, session: Session, values: Sequence[bytes]) -> Sequence[bytes | None]:
        """The columns of the first row. Raises what the driver raises for the same fault."""
        connection = session.pgconn
        if session not in self._prepared:
            _checked(connection, connection.prepare(self._name, self._statement))
            self._prepared[session] = None
        try:
            result = connection.exec_prepared(self._name, values, self._formats, Format.BINARY)
        except MemoryError as fault:  # Also what it says when it could not send anything.
            if connection.status == ConnStatus.OK:
                raise
            raise OperationalError(_last_words(connection)) from fault
        _checked(connection, result)
        return [result.get_value(0, column) for column in range(result.nfields)]


def _checked(connection: PGconn, result: PGresult) -> None:
    if result.status in {ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK}:
        return
    if connection.status != ConnStatus.OK:
        raise OperationalError(_last_words(connection))
    raise error_from_result(result)


def _last_words(connection: PGconn) -> str:
    return connection.get_error_message() or "the connection is lost"
