"""What happens to the rule pack an account is judged by."""

from __future__ import annotations

from datetime import date, datetime

from typing_extensions import override

from domain.kernel import UUID, Event


class PackChanged(Event):
    """The account's own trader consented to another rule pack; it is in force from the next
    session, or at once when no session is open.

    `pack` is the new pack's canonical JSON text, `from_hash` the pack left behind. The consent is
    kept whole: who gave it, when, the words, and the hash that ties the words to the two packs.
    """

    TOPIC = "account.pack_changed"
    from_hash: str
    pack: str
    pack_hash: str
    given_by: UUID
    given_at: datetime
    statement: str
    statement_hash: str
    reason: str
    trading_day: date

    @property
    @override
    def natural_key(self) -> str:
        return f"consent:{self.statement_hash}"
