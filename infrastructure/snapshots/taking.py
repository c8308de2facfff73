"""Takes snapshots of accounts that have grown: a duty of the daemon, never of a command."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Sequence
from hashlib import sha256
from time import monotonic_ns
from typing import Any, Final

from application.errors import LedgerUnavailable
from domain.kernel import UUID
from infrastructure.postgres.persistence import Session, persistently
from infrastructure.postgres.pools import Pool
from infrastructure.snapshots import statements as say
from infrastructure.snapshots.form import encode_account
from infrastructure.snapshots.reading import Loaded, SnapshotReader

WINDOW: Final = 10_000
"""Streams, or events of the log, that are looked through at once."""
TAKEN_MAX: Final = 20
WHOLE: Final = 100
DROPPED_MAX: Final = 500
STATE_BYTES_MAX: Final = 16_777_216
STEP_NS_MAX: Final = 1_000_000_000
LOOK_EVERY_NS: Final = 5_000_000_000
TIDY_EVERY_NS: Final = 60_000_000_000

_log = logging.getLogger("dynasty.snapshots")


class SnapshotTaker:
    """Goes through all streams for the code that this process runs, then follows the log.

    An account is due when it has `every` events more than its snapshot, or than nothing. The pool
    connects as `dynasty_keeper`. At most `percent` of one core's time is spent. Snapshots of other
    code that nobody has run for `kept_seconds` are deleted, some at a time. Any number may run:
    a snapshot gives way to a newer one only, and the position is moved when all up to it is taken.
    """

    name = "snapshots"

    def __init__(
        self,
        pool: Pool,
        *,
        every: int,
        percent: int = 25,
        kept_seconds: int = 86_400,
        code: str | None = None,
        now_ns: Callable[[], int] = monotonic_ns,
        window: int = WINDOW,
        taken_max: int = TAKEN_MAX,
    ) -> None:
        assert every > 0, "an account without events has no state"
        assert 0 < percent <= WHOLE, "a share of the time"
        self._pool, self._every, self._percent = pool, every, percent
        self._kept_seconds, self._code, self._now_ns = kept_seconds, code, now_ns
        self._window, self._taken_max = window, taken_max
        self._reader = SnapshotReader(pool, code=code)
        self._due: deque[UUID] = deque()
        self._from: tuple[int, UUID | None] = (0, None)
        self._to = self._from
        self._looked_through = self._wrong_then = 0
        self._rests_until_ns = self._tidy_at_ns = 0
        self.taken = 0

    def step(self) -> int:
        """Look through the next piece, or take some of what is due. Answers how much that was, in
        streams, events or accounts; 0 while it rests, at the head, and while its code is
        distrusted. Refuses with LedgerUnavailable.
        """
        began = self._now_ns()
        if began < self._rests_until_ns:
            return 0
        done = self._take() if self._due else self._look()
        self._tidy()
        ended = self._now_ns()
        rest = (ended - began) * (WHOLE - self._percent) // self._percent
        is_through = not self._due and self._looked_through < self._window
        self._rests_until_ns = ended + (max(rest, LOOK_EVERY_NS) if is_through else rest)
        return done

    def _look(self) -> int:
        """Find what is due in the next piece. Its end is written down once all is taken."""
        self._due.extend(persistently(self._pool, lambda session, _: self._found(session)))
        if not self._due:
            self._moved()
        return self._looked_through

    def _found(self, session: Session) -> Sequence[UUID]:
        code, self._looked_through = self._reader.code, 0
        session.execute(say.SEEN, (code,))
        ((position, swept_to, wrong, distrusted),) = session.execute(say.CODE, (code,)).fetchall()
        self._from = self._to = (position, swept_to)
        self._wrong_then = wrong
        if distrusted:
            return []
        if swept_to is not None:
            values: tuple[object, ...] = (self._every, swept_to, self._window, code)
            streams = session.execute(say.SWEPT, values).fetchall()
            self._to = (position, streams[-1][0] if len(streams) == self._window else None)
            # The last piece, too, is progress: without it the log would wait for the next look.
            self._looked_through = max(1, len(streams))
            return [stream_id for stream_id, is_due in streams if is_due]
        ((head,),) = session.execute(say.HEAD).fetchall()
        self._to = (min(head, position + self._window), None)
        self._looked_through = self._to[0] - position
        values = (position, self._to[0], code, self._every)
        return [stream_id for (stream_id,) in session.execute(say.GROWN, values)]

    def _take(self) -> int:
        done, until = 0, self._now_ns() + STEP_NS_MAX
        while self._due and done < self._taken_max:
            self._taken(self._due.popleft())
            done += 1
            if self._now_ns() > until:
                break
        if not self._due:
            self._moved()
        return done

    def _taken(self, account_id: UUID) -> None:
        """Take one. One that cannot be taken is reported and left: its commands read it whole."""
        try:
            loaded = self._reader.load(account_id) or self._afresh(account_id)
            if loaded is not None and loaded.account.version - loaded.based_on >= self._every:
                self._put(account_id, loaded)
        except LedgerUnavailable:
            self._due.appendleft(account_id)
            raise
        except Exception:  # noqa: BLE001 (one account keeps no other from its snapshot)
            _log.exception("No snapshot of acc_%s can be taken", account_id)

    def _afresh(self, account_id: UUID) -> Loaded | None:
        """From the first event, where the snapshot cannot be read. It makes way for a new one."""

        def make_way(session: Session, _: object) -> int | None:
            row = session.execute(say.KEPT, (self._reader.code, account_id)).fetchone()
            if row is None:
                return None
            session.execute(say.DELETE, (self._reader.code, account_id, row[1], row[4]))
            return int(row[1])

        if persistently(self._pool, make_way) is None:
            return None
        return self._reader.load(account_id)

    def _put(self, account_id: UUID, loaded: Loaded) -> None:
        state = encode_account(loaded.account)
        if len(state) > STATE_BYTES_MAX:
            _log.warning("acc_%s is too large for a snapshot: %d bytes", account_id, len(state))
            return
        version, code = loaded.account.version, self._reader.code
        values: tuple[Any, ...] = (
            *(account_id, version, loaded.ledger_seq, state, sha256(state).hexdigest()),
            *(code, self._wrong_then),
        )
        self.taken += persistently(
            self._pool, lambda session, _: session.execute(say.PUT, values).rowcount
        )

    def _moved(self) -> None:
        if self._to == self._from:
            return
        values = (*self._to, self._reader.code, *self._from)
        persistently(self._pool, lambda session, _: session.execute(say.FOLLOWED, values))

    def _tidy(self) -> None:
        """Throw away what other code has left, if nobody has run that for long."""
        if self._now_ns() < self._tidy_at_ns:
            return

        def tidy(session: Session, _: object) -> int:
            mine, kept = self._reader.code, self._kept_seconds
            dropped = session.execute(say.DROP_OF_OLD_CODES, (mine, kept, DROPPED_MAX)).rowcount
            session.execute(say.DROP_OLD_CODES, (mine, kept))
            return dropped

        if persistently(self._pool, tidy) < DROPPED_MAX:
            self._tidy_at_ns = self._now_ns() + TIDY_EVERY_NS
