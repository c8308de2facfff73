"""What-if questions as jobs: asked once, worked on by one, kept for a while."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, Protocol, TypeAlias
from uuid import UUID

RunStatus: TypeAlias = Literal["queued", "running", "done", "failed", "cancelled"]

ATTEMPTS_MAX: Final = 3
"""How often a run is taken up; one that ends its workers again and again is given up."""

FLIPS_KEPT_MAX: Final = 100_000
"""Flips of one run that are kept for reading; all are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRun:
    """A question as it was asked; `fingerprint` tells two questions under one key apart."""

    run_id: UUID
    caller: str
    key: str
    fingerprint: str
    question: dict[str, Any]
    log_position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Where a run stands. `done` and `total` count events; `total` is None until it is counted."""

    run_id: UUID
    caller: str
    status: RunStatus
    question: dict[str, Any]
    log_position: int
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    attempts: int
    done: int
    total: int | None
    flips_kept: int
    summary: dict[str, Any] | None
    problem_code: str | None
    problem_sentence: str | None


@dataclass(frozen=True, slots=True)
class Lease:
    """Who works on a run; every write of a worker names it, and comes to nothing without it."""

    run_id: UUID
    owner: UUID


class Runs(Protocol):
    """Keeps runs. Every call is one transaction; nothing of the log is in it."""

    def ask(self, new: NewRun, *, open_max: int, waiting_max: int) -> tuple[Run, bool]:
        """Keep a question, or find the one asked before under the same key: True then.

        Refuses with IdempotencyKeyReused for another question, TooManyRuns for more than
        `open_max` of one caller or `waiting_max` altogether that are not ended.
        """

    def find(self, run_id: UUID) -> Run:
        """Refuses with StreamNotFound."""

    def cancel(self, run_id: UUID) -> Run:
        """End it; cancelled before, nothing changes. Refuses with StreamNotFound or RunEnded."""

    def waiting(self) -> Sequence[UUID]:
        """Runs that nobody works on, oldest first: queued, or with a lease that has run out."""

    def claim(self, lease: Lease, *, seconds: int) -> Run | None:
        """Take a waiting run up from its beginning; None when it is not waiting.

        One that was taken up too often fails with the code `whatif-gave-up`.
        """

    def renew(self, lease: Lease, *, seconds: int, done: int, total: int | None) -> bool:
        """Keep the lease, and tell how far the work is. False: it is lost, stop working."""

    def keep(self, lease: Lease, flips: Sequence[str], *, first: int) -> bool:
        """Add flips, numbered from `first`. False: the lease is lost."""

    def finish(self, lease: Lease, summary: dict[str, Any], *, done: int) -> bool:
        """The run is done. False: the lease is lost."""

    def fail(self, lease: Lease, *, code: str, sentence: str) -> bool:
        """The run has failed for good. False: the lease is lost."""

    def release(self, lease: Lease) -> bool:
        """Give the run back to be taken up again, as if it had not been."""

    def prune(self, *, keep: int) -> int:
        """Forget all but so many ended runs, the oldest first; how many were forgotten."""


class Hints(Protocol):
    """Tells workers that there is work. A hint may be lost, or come twice."""

    def hint(self, run_id: UUID) -> bool:
        """Tell of one run; False when nobody could be told."""
