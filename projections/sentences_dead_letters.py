"""One plain sentence for what was done about a dead letter."""

from __future__ import annotations

from domain.dead_letters.events import DeadLetterTakenUp, DiscardOrdered, RetryOrdered


def sentence_of_dead_letter(event: DeadLetterTakenUp | RetryOrdered | DiscardOrdered) -> str:
    """What a person ordered, or what was found."""
    match event:
        case DeadLetterTakenUp():
            return (
                f"The event {event.event_type} at position {event.ledger_seq}, which stopped"
                f" {', '.join(event.projections)}, was taken up: {event.sentence}"
            )
        case RetryOrdered():
            return f"The dead letter {event.letter} was ordered to be tried anew."
        case DiscardOrdered():
            return (
                f"The dead letter {event.letter} was ordered to be left out of"
                f" {', '.join(event.projections)}: {event.reason}"
            )
