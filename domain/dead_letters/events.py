"""What can happen to a dead letter: a person takes it up, and says what is to be done."""

from __future__ import annotations

from uuid import UUID

from domain.kernel import CreationEvent, Event


class DeadLetterTakenUp(CreationEvent):
    """A person looked into an event that read models could not take in.

    It is the event at the position `ledger_seq`, of the stream `stream`; `projections` are the read
    models that it stopped, `error_code` and `sentence` what was wrong with it then.
    """

    TOPIC = "dead_letter.taken_up"
    ledger_seq: int
    stream: UUID
    event_type: str
    projections: tuple[str, ...]
    error_code: str
    sentence: str


class RetryOrdered(Event):
    """A person had the event, and what waited behind it, taken in anew.

    `letter` is the number by which operators know it, `attempts` how often it was tried before.
    """

    TOPIC = "dead_letter.retry_ordered"
    letter: int
    attempts: int


class DiscardOrdered(Event):
    """A person had the account go on without the event, in read models that decide nothing."""

    TOPIC = "dead_letter.discard_ordered"
    letter: int
    projections: tuple[str, ...]
    reason: str
