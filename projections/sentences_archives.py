"""One plain sentence for what was archived."""

from __future__ import annotations

from domain.archives.events import ArchiveMade


def sentence_of_archive(event: ArchiveMade) -> str:
    """Which events were moved, where to, and by which hash they are known."""
    return (
        f"Events {event.first_ledger_seq} to {event.last_ledger_seq} were moved to {event.place};"
        f" the SHA-256 of the manifest is {event.manifest_sha256}."
    )
