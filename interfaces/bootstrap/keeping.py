"""What keeps the log: room ahead of it, its tree, its archive, snapshots beside it."""

from __future__ import annotations

from functools import cached_property
from random import SystemRandom

from infrastructure.archive.office import ArchiveOffice
from infrastructure.event_store.partitions import PartitionMaker
from infrastructure.snapshots.office import SnapshotOffice, SnapshotOptions
from interfaces.archive_settings import archive_options
from interfaces.bootstrap.connections import Connections


class Keeping(Connections):
    """The parts that look after the log and change no event."""

    @property
    def partition_maker(self) -> PartitionMaker:
        """The duty that makes room in the log ahead of need."""
        return PartitionMaker(self.keeper)

    @cached_property
    def archive(self) -> ArchiveOffice:
        """The archive for old events, and the way to what it holds."""
        return ArchiveOffice(archive_options(self.settings), database_url=self.database_url)

    @cached_property
    def snapshots(self) -> SnapshotOffice:
        """Snapshots of long accounts: taken, compared, and seen to by people."""
        settings = self.settings
        return SnapshotOffice(
            SnapshotOptions(
                on=settings.snapshots,
                every=settings.snapshots_every_events,
                percent=settings.snapshots_percent,
                kept_seconds=settings.snapshots_kept_hours * 3_600,
                percent_a_day=settings.snapshots_checked_percent,
            ),
            choose=SystemRandom().randrange,
            keeping=lambda: self.keeper,
            reading=lambda: self.read_models,
        )
