"""The library's own cases for recorders, on every version of PostgreSQL that is at hand.

Its transcoder cases are left out: they ask that types survive without the class that names them,
and our payloads are plain JSON whose types are the event class's.
"""

from abc import ABC
from collections.abc import Callable, Sequence
from typing import Any, ClassVar
from unittest import TestCase

import pytest
from eventsourcing.persistence import StoredEvent
from eventsourcing.tests.persistence import (
    AggregateRecorderTestCase,
    ApplicationRecorderTestCase,
    NonInterleavingNotificationIDsBaseCase,
)
from typing_extensions import override

from infrastructure.event_store.datastore import LedgerDatastore
from infrastructure.event_store.recorder import LedgerRecorder
from tests.support import postgres
from tests.support.postgres import Cluster

needs_postgres_15 = pytest.mark.skipif(
    not postgres.SYSTEM_POSTGRES_15.exists(), reason="PostgreSQL 15 is not installed here"
)


class AggregateView(LedgerRecorder):
    """Ours is an application recorder; the aggregate cases want one that tells no positions."""

    @override
    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> None:
        super().insert_events(stored_events, **kwargs)


class OnOurRecorder(TestCase, ABC):
    """Gives each case a recorder on a migrated database of its own."""

    recorder_class: ClassVar[type[LedgerRecorder]] = LedgerRecorder
    cluster: ClassVar[Callable[[], Cluster]] = staticmethod(postgres.cluster)

    def create_recorder(self) -> Any:
        database = self.enterContext(type(self).cluster().lent(Cluster.migrated_database))
        datastore = LedgerDatastore(database.conninfo, pool_size=8)
        self.addCleanup(datastore.close)
        datastore.sessions.open()
        return self.recorder_class(datastore)


class TestAsAggregateRecorder(OnOurRecorder, AggregateRecorderTestCase):
    recorder_class = AggregateView


class TestAsApplicationRecorder(OnOurRecorder, ApplicationRecorderTestCase[LedgerRecorder]):
    def test_insert_subscribe(self) -> None:
        self.optional_test_insert_subscribe()


class TestNotificationIds(OnOurRecorder, NonInterleavingNotificationIDsBaseCase):
    pass


@needs_postgres_15
class TestAsAggregateRecorderOn15(TestAsAggregateRecorder):
    cluster = staticmethod(postgres.cluster_15)


@needs_postgres_15
class TestAsApplicationRecorderOn15(TestAsApplicationRecorder):
    cluster = staticmethod(postgres.cluster_15)


@needs_postgres_15
class TestNotificationIdsOn15(TestNotificationIds):
    cluster = staticmethod(postgres.cluster_15)
