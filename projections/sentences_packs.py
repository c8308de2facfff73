"""One plain sentence for what happens to rule packs."""

from __future__ import annotations

from typing import Final

from domain.accounts.events_packs import PackChanged
from domain.plans.events import PackVersionPublished

HASH_SHOWN: Final = 12


def sentence_of_move(event: PackChanged) -> str:
    """What the trader agreed to."""
    return (
        f"The trader agreed on {event.given_at:%Y-%m-%d %H:%M} UTC to the rule pack"
        f" {event.pack_hash[:HASH_SHOWN]} in the place of {event.from_hash[:HASH_SHOWN]}, in force"
        f" from the next session, for this reason: {event.reason.strip().rstrip('.')}."
    )


def sentence_of_version(event: PackVersionPublished) -> str:
    """What is sold from now on, and what it rests on."""
    run = f", after the impact run {event.impact_hash[:HASH_SHOWN]}" if event.impact_hash else ""
    return (
        f"Version {event.number} of the pack of {event.program} ({event.phase}),"
        f" {event.pack_hash[:HASH_SHOWN]}, went on sale with {len(event.diff)} changes{run}, for"
        f" this reason: {event.reason.strip().rstrip('.')}."
    )
