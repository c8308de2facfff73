"""What people see of snapshots, and what they do with them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from psycopg.rows import class_row

from domain.kernel import UUID
from infrastructure.postgres.persistence import Session, persistently
from infrastructure.postgres.pools import Pool
from infrastructure.snapshots import statements as say
from infrastructure.snapshots.code_hash import code_hash
from infrastructure.snapshots.errors import SnapshotCodeUnknown, SnapshotMissing
from infrastructure.snapshots.sampling import Checked, Choose, check

PIECE: Final = 500
FAULTS_SHOWN: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeFigures:
    """The snapshots of one code. `position` is how far it has followed the log, once it has `swept`
    through all streams.
    """

    code_hash: str
    position: int
    swept: bool
    first_seen_at: datetime
    last_seen_at: datetime
    checked: int
    wrong: int
    unreadable: int
    last_checked_at: datetime | None
    distrusted_at: datetime | None
    cleared_at: datetime | None
    cleared_by: str | None
    cleared_reason: str | None
    snapshots: int
    bytes: int
    newest_taken_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A snapshot that was not what its events make."""

    fault_id: int
    code_hash: str
    stream_id: UUID
    version: int
    ledger_seq: int
    kind: str
    differs: str
    taken_at: datetime
    found_at: datetime


class SnapshotKeeping:
    """Figures and faults for whoever may read them; checks and drops as `dynasty_keeper`."""

    def __init__(self, pool: Pool, *, code: str | None = None) -> None:
        self._pool, self._given_code = pool, code

    @property
    def code(self) -> str:
        """The hash of the code that this process runs."""
        return self._given_code or code_hash()

    def figures(self) -> Sequence[CodeFigures]:
        """One for each code that has snapshots or had them lately, the last one seen first."""

        def read(session: Session, _: object) -> Sequence[CodeFigures]:
            with session.cursor(row_factory=class_row(CodeFigures)) as cursor:
                return cursor.execute(say.CODES).fetchall()

        return persistently(self._pool, read)

    def faults(self, *, limit: int = FAULTS_SHOWN) -> Sequence[Fault]:
        """What was found wrong or unreadable, newest first."""

        def read(session: Session, _: object) -> Sequence[Fault]:
            with session.cursor(row_factory=class_row(Fault)) as cursor:
                return cursor.execute(say.FAULTS, (limit,)).fetchall()

        return persistently(self._pool, read)

    def verify_account(self, account_id: UUID) -> Checked:
        """Compare one account's snapshot with its events. Refuses with SnapshotMissing."""
        found = check(self._pool, account_id, code=self.code)
        if found is None:
            raise _missing(account_id)
        return found

    def verify_some(self, count: int, *, choose: Choose) -> Iterator[Checked]:
        """So many of this code, by chance; one may come twice."""
        for _ in range(count):
            account_id = persistently(self._pool, lambda session, _: self._some(session, choose))
            found = account_id and check(self._pool, account_id, code=self.code)
            if found:
                yield found

    def verify_all(self) -> Iterator[Checked]:
        """Every one of this code, by account."""
        after = UUID(int=0)
        while piece := self._after(after):
            for account_id in piece:
                found = check(self._pool, account_id, code=self.code)
                if found:
                    yield found
            after = piece[-1]

    def drop_account(self, account_id: UUID) -> int:
        """Delete an account's snapshots, of every code. Refuses with SnapshotMissing."""
        dropped = persistently(
            self._pool, lambda session, _: session.execute(say.DROP_ACCOUNT, (account_id,)).rowcount
        )
        if not dropped:
            raise _missing(account_id)
        return dropped

    def drop_code(self, code: str, *, by: str, reason: str) -> int:
        """Delete all of a code, and trust it again from here on: they are taken anew. Refuses with
        SnapshotCodeUnknown.
        """

        def drop(session: Session, _: object) -> int | None:
            with session.transaction():
                if not session.execute(say.CLEAR, (by, reason, code)).rowcount:
                    return None
                return session.execute(say.DROP_CODE, (code,)).rowcount

        dropped = persistently(self._pool, drop)
        if dropped is None:
            raise SnapshotCodeUnknown(
                f"No snapshot was taken by code {code}. `dynasty snapshots status` lists them.",
                code=code,
            )
        return dropped

    def _some(self, session: Session, choose: Choose) -> UUID | None:
        ((count,),) = session.execute(say.COUNT, (self.code,)).fetchall()
        if not count:
            return None
        row = session.execute(say.PLACED, (self.code, choose(count))).fetchone()
        return row[0] if row else None

    def _after(self, stream_id: UUID) -> Sequence[UUID]:
        values = (self.code, stream_id, PIECE)
        rows = persistently(
            self._pool, lambda session, _: session.execute(say.AFTER, values).fetchall()
        )
        return [each for (each,) in rows]


def _missing(account_id: UUID) -> SnapshotMissing:
    return SnapshotMissing(
        f"acc_{account_id} has no snapshot. Accounts with few events have none, and new ones are"
        " taken by the daemon.",
        account_id=account_id,
    )
