"""What can happen to an archived part of the log: it is made, once."""

from __future__ import annotations

from domain.kernel import CreationEvent


class ArchiveMade(CreationEvent):
    """Events of the log were moved out of the database, into files of an archive.

    Known by the SHA-256 of its manifest, which lists the files. It holds every event from the first
    position to the last; they are proved by the checkpoint of `tree_size` events. `place` is where
    the files were put.
    """

    TOPIC = "archive.made"
    manifest_sha256: str
    made_by: str
    events: int
    first_ledger_seq: int
    last_ledger_seq: int
    tree_size: int
    place: str
