"""That somebody ordered a retry or a discard becomes an event, before anything is done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from application.errors import StreamNotFound
from application.ledger import Ledger, Receipt
from domain.dead_letters.dead_letter import DeadLetter, dead_letter_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    """The event that read models could not take in, as its letter `letter` has it."""

    letter: int
    ledger_seq: int
    stream: UUID
    event_type: str
    projections: tuple[str, ...]
    error_code: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRetry:
    """Note that the event is to be taken in anew; `attempts` were made before."""

    stopped: Stopped
    attempts: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderDiscard:
    """Note that the account is to go on without the event, and why."""

    stopped: Stopped
    reason: str
    at: datetime


def order_retry(command: OrderRetry, ledger: Ledger) -> Receipt:
    """Record it, each time."""
    letter = _taken_up(command.stopped, ledger, at=command.at)
    letter.order_retry(letter=command.stopped.letter, attempts=command.attempts, at=command.at)
    return ledger.save(letter)


def order_discard(command: OrderDiscard, ledger: Ledger) -> Receipt:
    """Record it, once for a letter."""
    letter = _taken_up(command.stopped, ledger, at=command.at)
    letter.order_discard(
        letter=command.stopped.letter,
        projections=command.stopped.projections,
        reason=command.reason,
        at=command.at,
    )
    return ledger.save(letter)


def _taken_up(stopped: Stopped, ledger: Ledger, *, at: datetime) -> DeadLetter:
    try:
        return ledger.load(DeadLetter, dead_letter_id(stopped.ledger_seq))
    except StreamNotFound:
        return DeadLetter.take_up(
            ledger_seq=stopped.ledger_seq,
            stream=stopped.stream,
            event_type=stopped.event_type,
            projections=stopped.projections,
            error_code=stopped.error_code,
            sentence=stopped.sentence,
            at=at,
        )
