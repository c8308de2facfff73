"""One run worked on, from its claim to its end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from logging import getLogger
from threading import Event, Thread
from time import monotonic
from typing import Final
from uuid import UUID

from uuid_utils.compat import uuid7

from application.errors import LedgerUnavailable
from application.whatif.answers import Answer
from application.whatif.documents import flip_rows, summary_document
from application.whatif.errors import RunTimedOut
from application.whatif.evaluating import evaluate
from application.whatif.questions import question_of
from application.whatif.runs import FLIPS_KEPT_MAX, Lease, Run, Runs
from domain.documents import canonical_json
from domain.errors import DomainError
from interfaces.bootstrap.runtime import Runtime
from interfaces.whatif.judging import Processes, WhatIfInterrupted, cores

FLIPS_AT_ONCE: Final = 500
_BEATS_PER_LEASE: Final = 4
_log = getLogger("dynasty.work")


class _Lost(Exception):
    """The lease is another's, or the run was cancelled: whatever is found now, nobody wants it."""


class _Stopped(Exception):
    """This process is asked to end; another takes the run up from its beginning."""


def work_on(run_id: UUID, runtime: Runtime, stop: Event) -> None:
    """Take a run up and see it through. One that another works on, or that has ended, is left."""
    lease, runs, seconds = Lease(run_id, uuid7()), runtime.runs, _lease_seconds(runtime)
    try:
        run = runs.claim(lease, seconds=seconds)
        if run is None:
            return
        with _held(runs, lease, seconds=seconds) as heart:
            _judge(run, _Work(lease, runtime, stop, heart))
    except _Lost:
        _log.info("The run %s was cancelled, or is another's.", run_id)
    except (_Stopped, LedgerUnavailable, WhatIfInterrupted) as reason:
        _log.info("The run %s is given back: %r", run_id, reason)
        if isinstance(reason, _Stopped):
            runs.release(lease)
        # Else the lease runs out, and the run is taken up again a limited number of times.
    except DomainError as refusal:
        runs.fail(lease, code=refusal.code, sentence=refusal.sentence)
    except Exception:  # noqa: BLE001 (whatever it was, the caller is told)
        _log.exception("The run %s has failed.", run_id)
        runs.fail(
            lease,
            code="internal-fault",
            sentence="The worker failed. It was logged; ask again when it is mended.",
        )


def _judge(run: Run, work: _Work) -> None:
    runtime, question = work.runtime, question_of(run.question)
    found = runtime.histories.find(
        account=question.account, plan=question.plan, last_seq=run.log_position
    )
    judges = Processes(
        database_url=runtime.database_url,
        question=question,
        last_seq=run.log_position,
        processes=runtime.settings.whatif_processes or cores(),
    )
    totals = evaluate(found, judges, receive=work.receive, progress=work.progress)
    work.put_down()
    summary = summary_document(
        question, totals, log_position=run.log_position, answers=work.answers
    )
    if not runtime.runs.finish(work.lease, summary, done=work.heart.done):
        raise _Lost
    runtime.runs.prune(keep=runtime.settings.whatif_runs_kept)


@dataclass(slots=True)
class _Heart:
    """What the thread that renews the lease tells, and is told."""

    done: int = 0
    total: int | None = None
    lost: Event = field(default_factory=Event)


@dataclass(slots=True)
class _Work:
    """What is found goes to the database in pieces, each of them fenced by the lease."""

    lease: Lease
    runtime: Runtime
    stop: Event
    heart: _Heart
    flips: list[str] = field(default_factory=list)
    kept: int = 0
    answers: list[Answer] = field(default_factory=list)
    began: float = field(default_factory=monotonic)

    def receive(self, answer: Answer) -> None:
        self._go_on()
        if not self.answers:
            self.answers.append(answer)
        room = FLIPS_KEPT_MAX - self.kept - len(self.flips)
        if room > 0:
            self.flips += [canonical_json(row) for row in flip_rows(answer)][:room]
        if len(self.flips) >= FLIPS_AT_ONCE:
            self.put_down()

    def progress(self, done: int, total: int) -> None:
        self.heart.done, self.heart.total = done, total
        self._go_on()

    def put_down(self) -> None:
        if self.flips:
            if not self.runtime.runs.keep(self.lease, self.flips, first=self.kept + 1):
                raise _Lost
            self.kept += len(self.flips)
            self.flips = []

    def _go_on(self) -> None:
        """Called often: nothing goes on for long that nobody wants, or nobody waits for."""
        if self.heart.lost.is_set():
            raise _Lost
        if self.stop.is_set():
            raise _Stopped
        limit = self.runtime.settings.whatif_seconds_max
        if monotonic() - self.began > limit:
            raise RunTimedOut(
                f"The run took longer than {limit:,} seconds and was ended; ask about fewer"
                " accounts or a shorter window.",
            )


@contextmanager
def _held(runs: Runs, lease: Lease, *, seconds: int) -> Iterator[_Heart]:
    """Renew the lease during the block; a cancelled run is noticed at the next beat."""
    heart, ended = _Heart(), Event()

    def beat() -> None:
        while not ended.wait(seconds / _BEATS_PER_LEASE):
            try:
                held = runs.renew(lease, seconds=seconds, done=heart.done, total=heart.total)
            except LedgerUnavailable:
                continue
            if not held:
                heart.lost.set()
                return

    thread = Thread(target=beat, name="whatif-lease", daemon=True)
    thread.start()
    try:
        yield heart
    finally:
        ended.set()
        thread.join()


def _lease_seconds(runtime: Runtime) -> int:
    return runtime.settings.whatif_lease_seconds
