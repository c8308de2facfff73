"""One plain sentence for what was exported."""

from __future__ import annotations

from domain.exports.events import ExportMade


def sentence_of_export(event: ExportMade) -> str:
    """How much was exported, up to where, and by which hash it is known."""
    count, were = ("1 event", "was") if event.events == 1 else (f"{event.events:,} events", "were")
    account = f" of the account {event.account}" if event.account else ""
    return (
        f"{count}{account} up to position {event.log_head} {were} exported; the SHA-256 of the"
        f" manifest is {event.manifest_sha256}."
    )
