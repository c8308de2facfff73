"""Compares snapshots with a full replay: a few by chance each day, or those asked for."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from time import monotonic_ns
from typing import Final, Literal, TypeAlias

from domain.errors import DomainError
from domain.kernel import UUID
from infrastructure.postgres.persistence import Session, persistently
from infrastructure.postgres.pools import Pool
from infrastructure.snapshots import statements as say
from infrastructure.snapshots.code_hash import code_hash
from infrastructure.snapshots.errors import SnapshotWrong
from infrastructure.snapshots.form import differing_members, encode_account
from infrastructure.snapshots.reading import read_snapshot
from infrastructure.snapshots.stream import NotReplayable, replayed

Verdict: TypeAlias = Literal["right", "wrong", "unreadable", "gone", "unknown"]
FaultKind: TypeAlias = Literal["wrong", "unreadable"]
Choose: TypeAlias = Callable[[int], int]
"""A whole number from 0 up to one below what is given, by chance."""

DAY_SECONDS: Final = 86_400
LOOK_EVERY_NS: Final = 30_000_000_000
FAULTS_KEPT: Final = 1_000

_log = logging.getLogger("dynasty.snapshots")


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What became of one snapshot. `gone` says that it was replaced or deleted meanwhile, `unknown`
    that its stream cannot be replayed here.
    """

    account_id: UUID
    verdict: Verdict
    version: int = 0
    ledger_seq: int = 0
    differs: tuple[str, ...] = ()

    @property
    def is_fault(self) -> bool:
        """Whether it was deleted and recorded as a fault."""
        return self.verdict in ("wrong", "unreadable")


@dataclass(frozen=True, slots=True)
class _Kept:
    version: int
    ledger_seq: int
    state: bytes
    digest: str
    taken_at: datetime


@dataclass(frozen=True, slots=True)
class _Found:
    kept: _Kept
    fault: FaultKind | None
    differs: tuple[str, ...]
    replayed_digest: str | None


def check(pool: Pool, account_id: UUID, *, code: str | None = None) -> Checked | None:
    """Compare the snapshot of one account with its events; None when it has none.

    One that is not what they make is deleted and recorded, and its code is distrusted with it. One
    that cannot be read misleads nobody: it is deleted and recorded, no more. `pool` connects as
    `dynasty_keeper`.
    """
    code = code or code_hash()
    row = persistently(
        pool, lambda session, _: session.execute(say.KEPT, (code, account_id)).fetchone()
    )
    if row is None:
        return None
    kept = _Kept(*row[1:])
    try:
        account = replayed(pool, account_id, version=kept.version)
    except NotReplayable as reason:
        _log.warning("acc_%s cannot be replayed: %s", account_id, reason)
        persistently(pool, lambda session, _: session.execute(say.PASSED_OVER, (code,)))
        return _checked(account_id, kept, "unknown")
    made = b"" if account is None else encode_account(account)
    fault: FaultKind | None = None
    if kept.state != made:
        fault = "wrong"
        try:
            read_snapshot(
                kept.state, digest=kept.digest, stream_id=account_id, version=kept.version
            )
        except (ValueError, DomainError):
            fault = "unreadable"
    differs = tuple(differing_members(kept.state, made)) if fault == "wrong" else ()
    found = _Found(kept, fault, differs, sha256(made).hexdigest() if made else None)
    verdict: Verdict = fault or "right"
    try:
        persistently(pool, lambda session, _: _settle(session, code, account_id, found))
    except _ReplacedMeanwhile:
        verdict = "gone"
    return _checked(account_id, kept, verdict, differs)


def _checked(
    account_id: UUID, kept: _Kept, verdict: Verdict, differs: tuple[str, ...] = ()
) -> Checked:
    return Checked(
        account_id=account_id,
        verdict=verdict,
        version=kept.version,
        ledger_seq=kept.ledger_seq,
        differs=differs,
    )


def _settle(session: Session, code: str, account_id: UUID, found: _Found) -> None:
    """Write down what was found. Nothing is, unless the very same snapshot is still there."""
    kept, fault = found.kept, found.fault
    same = (code, account_id, kept.version, kept.digest)
    with session.transaction():
        # First the row of the code, as whoever takes a snapshot does.
        session.execute(say.COUNT_FAULT[fault] if fault else say.COUNT_RIGHT, (code,))
        if session.execute(say.DELETE if fault else say.RIGHT, same).rowcount == 0:
            raise _ReplacedMeanwhile
        if fault:
            values = (
                *(code, account_id, kept.version, kept.ledger_seq, fault, ", ".join(found.differs)),
                *(kept.digest, found.replayed_digest, kept.taken_at),
            )
            session.execute(say.FAULT, values)
            session.execute(say.PRUNE_FAULTS, (FAULTS_KEPT,))


class _ReplacedMeanwhile(Exception):
    """The snapshot that was compared is another one by now."""


class SnapshotSampler:
    """Checks so many percent of the snapshots of this code each day, one at a step.

    Which one is a matter of chance, which comes from outside.
    """

    name = "snapshot-sampling"

    def __init__(
        self,
        pool: Pool,
        *,
        percent_a_day: int,
        choose: Choose,
        code: str | None = None,
        now_ns: Callable[[], int] = monotonic_ns,
    ) -> None:
        assert percent_a_day > 0, "what is never checked is not to be used"
        self._pool, self._percent, self._choose = pool, percent_a_day, choose
        self._given_code, self._now_ns = code, now_ns
        self._look_at_ns = 0

    def step(self) -> int:
        """Check one snapshot if one is due. Refuses with SnapshotWrong, once for a code: from then
        on its snapshots are used by nobody, and nothing is due until a person has cleared it.
        """
        if self._now_ns() < self._look_at_ns:
            return 0
        account_id = persistently(self._pool, lambda session, _: self._due(session))
        if account_id is None:
            self._look_at_ns = self._now_ns() + LOOK_EVERY_NS
            return 0
        found = check(self._pool, account_id, code=self._code)
        if found is not None and found.verdict == "wrong":
            raise _wrong(found, self._code)
        return 1

    @property
    def _code(self) -> str:
        return self._given_code or code_hash()

    def _due(self, session: Session) -> UUID | None:
        row = session.execute(say.CHECKED_BEFORE, (self._code,)).fetchone()
        if row is None or row[1]:
            return None
        seconds_since = row[0]
        ((count,),) = session.execute(say.COUNT, (self._code,)).fetchall()
        if not count or (
            seconds_since is not None and seconds_since * count * self._percent < DAY_SECONDS * 100
        ):
            return None
        place = self._choose(count)
        chosen = session.execute(say.PLACED, (self._code, place)).fetchone()
        return chosen[0] if chosen else None


def _wrong(found: Checked, code: str) -> SnapshotWrong:
    refusal = SnapshotWrong(
        f"The snapshot of acc_{found.account_id} at version {found.version} is not what its events"
        f" make; it differs in {', '.join(found.differs)}. It is deleted, and no snapshot of code"
        f" {code[:12]} is used until `dynasty snapshots drop` clears it. Find out who changed it,"
        " and look at what was decided on this account since.",
        account_id=found.account_id,
        version=found.version,
        code=code,
        differs=list(found.differs),
    )
    _log.error("%s: %s", refusal.code, refusal.sentence)
    return refusal
