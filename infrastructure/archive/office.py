"""The archive put together: the place that the settings name, and what works with it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

from application.archiving.archiving import Archivist
from application.archiving.errors import ArchiveUnavailable
from application.archiving.ports import ArchiveOptions, ArchiveStore, Partitions
from application.proofs.ports import Checkpoints, Tree
from infrastructure.archive.directory import DirectoryStore
from infrastructure.archive.forms import ExactForms
from infrastructure.archive.partitions import PostgresPartitions, open_partitions
from infrastructure.archive.shelf import Shelf


@dataclass(frozen=True, slots=True)
class AtWork:
    """What archives, for the length of a block."""

    partitions: PostgresPartitions
    archivist: Archivist


class ArchiveOffice:
    """Each part is opened when it is first asked for."""

    def __init__(self, options: ArchiveOptions, *, database_url: str) -> None:
        self._options, self._database_url = options, database_url

    @cached_property
    def shelf(self) -> Shelf:
        """What every reader of the process shares."""
        return Shelf(lambda: self.store, bytes_max=self._options.cache_bytes)

    @cached_property
    def store(self) -> ArchiveStore:
        """The place. Refuses with ArchiveUnavailable when none is named."""
        options = self._options
        if options.bucket is not None:
            # The clients of AWS take a sixth of a second to read, and most processes need none.
            from infrastructure.archive.bucket import S3Store
            from infrastructure.proofs.aws import client_of

            return S3Store(
                client_of("s3"),
                bucket=options.bucket,
                prefix=options.prefix,
                retention=options.retention,
                now=lambda: datetime.now(UTC),
            )
        if options.directory is not None:
            return DirectoryStore(options.directory)
        raise ArchiveUnavailable(
            "No place is named for archived events. Set DYNASTY_ARCHIVE_BUCKET, or"
            " DYNASTY_ARCHIVE_DIR to a directory that every process sees."
        )

    @contextmanager
    def partitions(self) -> Iterator[Partitions]:
        """The partitions of the log. Refuses with DatabaseUnusable."""
        partitions, close = open_partitions(self._database_url)
        try:
            yield partitions
        finally:
            close()

    @contextmanager
    def at_work(self, tree: Tree, checkpoints: Checkpoints) -> Iterator[AtWork]:
        """What archives. Refuses with ArchiveUnavailable or DatabaseUnusable."""
        store = self.store
        partitions, close = open_partitions(self._database_url)
        try:
            archivist = Archivist(
                partitions, store, ExactForms(), tree=tree, checkpoints=checkpoints
            )
            yield AtWork(partitions, archivist)
        finally:
            close()
