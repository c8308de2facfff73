"""A dead letter, as the log remembers what people did about it."""

from __future__ import annotations

from datetime import datetime
from typing import Final, Self
from uuid import UUID, uuid5

from typing_extensions import override

from domain.dead_letters.events import DeadLetterTakenUp, DiscardOrdered, RetryOrdered
from domain.kernel import Aggregate, Event

_DEAD_LETTERS: Final = UUID("6f0c1c6e-9b57-5d0e-8f0a-3b6b0a5f5d21")


def dead_letter_id(ledger_seq: int) -> UUID:
    """The stream of what is done about the event at a position: the same for ever."""
    return uuid5(_DEAD_LETTERS, str(ledger_seq))


class DeadLetter(Aggregate):
    """What people did about one event that read models could not take in."""

    TOPIC = "dead_letter"
    ledger_seq: int
    retries: int
    discarded_as: frozenset[int]

    @classmethod
    def take_up(
        cls,
        *,
        ledger_seq: int,
        stream: UUID,
        event_type: str,
        projections: tuple[str, ...],
        error_code: str,
        sentence: str,
        at: datetime,
    ) -> Self:
        """Begin to look into it."""
        return cls.begin(
            DeadLetterTakenUp,
            id=dead_letter_id(ledger_seq),
            at=at,
            ledger_seq=ledger_seq,
            stream=stream,
            event_type=event_type,
            projections=projections,
            error_code=error_code,
            sentence=sentence,
        )

    def order_retry(self, *, letter: int, attempts: int, at: datetime) -> None:
        """Have it taken in anew."""
        self.record(RetryOrdered, at=at, letter=letter, attempts=attempts)

    def order_discard(
        self, *, letter: int, projections: tuple[str, ...], reason: str, at: datetime
    ) -> None:
        """Have the account go on without it. Ordered once for a letter; again changes nothing."""
        if letter not in self.discarded_as:
            self.record(
                DiscardOrdered, at=at, letter=letter, projections=projections, reason=reason
            )

    @override
    def when(self, event: Event) -> None:
        match event:
            case DeadLetterTakenUp():
                self.ledger_seq, self.retries = event.ledger_seq, 0
                self.discarded_as = frozenset()
            case RetryOrdered():
                self.retries += 1
            case DiscardOrdered():
                self.discarded_as |= {event.letter}
