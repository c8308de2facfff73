"""The rules engine and what follows from its verdicts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from application.enforcement.ports import TradingPlatform
from infrastructure.enforcement.effects import PostgresEffects
from infrastructure.enforcement.http_platform import HttpPlatform
from infrastructure.enforcement.redis_platform import RedisPlatform
from infrastructure.leasing.named import Kind, NamedLeases
from infrastructure.marks.leases import MarkLeases
from infrastructure.marks.notes import PostgresNotes
from infrastructure.marks.publisher import MarkPublisher
from infrastructure.marks.streams import RedisMarks
from interfaces.bootstrap.connections import Connections
from projections.releases import ReadModelReleases
from projections.standings import ReadModelStandings


class Engine(Connections):
    """Marks in, orders to the platform out, and leases on the accounts between."""

    @property
    def standings(self) -> ReadModelStandings:
        """The accounts that may be judged."""
        return ReadModelStandings(self.read_models)

    @property
    def releases(self) -> ReadModelReleases:
        """The firm's news calendar."""
        return ReadModelReleases(self.read_models)

    @property
    def effects(self) -> PostgresEffects:
        """Orders to the platform that wait, were sent or failed."""
        return PostgresEffects(self.engine)

    @property
    def notes(self) -> PostgresNotes:
        """What the rules engine writes down for people."""
        return PostgresNotes(self.engine)

    @property
    def publisher(self) -> MarkPublisher:
        """The way in for marks."""
        return MarkPublisher(self.redis, partitions=self.settings.marks_partitions)

    def marks(self, *, name: str, now: Callable[[], datetime]) -> RedisMarks:
        """The stream of marks as one reader sees it."""
        keep = timedelta(seconds=self.settings.marks_kept_seconds)
        return RedisMarks(self.redis, name=name, keep=keep, now=now)

    def leases(self, *, owner: str) -> MarkLeases:
        """The leases of one instance. Refuses with PartitionsChanged."""
        leases = MarkLeases(
            self.engine,
            owner=owner,
            partitions=self.settings.marks_partitions,
            seconds=self.settings.engine_lease_seconds,
        )
        leases.prepare()
        return leases

    def leases_on(self, kind: Kind, *, owner: str, names: Sequence[str]) -> NamedLeases:
        """The leases of one daemon on lanes or duties."""
        leases = NamedLeases(
            self.projector,
            kind,
            owner=owner,
            names=names,
            seconds=self.settings.daemon_lease_seconds,
        )
        leases.prepare()
        return leases

    @property
    def platform(self) -> TradingPlatform:
        """Where orders go that follow from verdicts."""
        settings = self.settings
        if settings.platform == "redis":
            return RedisPlatform(self.redis)
        token = settings.platform_token
        return HttpPlatform(
            str(settings.platform_url), token=token.get_secret_value() if token else None
        )
