"""What can happen to an export: it is made, once."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from domain.kernel import CreationEvent


class ExportMade(CreationEvent):
    """Events of the log were written to files, for somebody outside the ledger.

    Known by the SHA-256 of its manifest. It holds every event up to the position `log_head` that
    matched the filters, which are None where nothing was asked for; times are of recording, `to`
    exclusive. The first and last positions are None when nothing matched. Where the files lie is
    nowhere said.
    """

    TOPIC = "export.made"
    manifest_sha256: str
    made_by: str
    events: int
    log_head: int
    first_ledger_seq: int | None
    last_ledger_seq: int | None
    account: UUID | None
    actor: str | None
    event_types: tuple[str, ...] | None
    recorded_from: datetime | None
    recorded_before: datetime | None
