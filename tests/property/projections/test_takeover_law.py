"""Whatever way two owners take turns, pause and take over, the rows are those of a rebuild."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from psycopg import Connection
from psycopg.rows import TupleRow

from application.log import RecordedEvent
from projections.hindmost import Hindmost
from projections.lanes import ALL_LANES
from projections.positions import PositionMoved, claim
from projections.stepping import Stepper
from tests.integration.projections.projecting import Projecting, projecting
from tests.property.projections.on_databases import ON_A_DATABASE
from tests.support.histories import History, histories, record
from tests.support.postgres import Cluster, cluster


@dataclass
class Owner:
    """One that claims lanes, steps, and at times falls asleep with a batch in hand."""

    at_work: Projecting
    connection: Connection[TupleRow]
    stepper: Stepper
    asleep: tuple[Hindmost, Sequence[RecordedEvent]] | None = None
    epochs: dict[int, int] = field(default_factory=dict)

    def take(self, lanes: Sequence[int], epoch: int) -> None:
        claim(self.connection, dict.fromkeys(lanes, epoch))
        self.epochs |= dict.fromkeys(lanes, epoch)
        self.stepper.hold(dict(self.epochs))

    def step(self, limit: int) -> None:
        if not self.epochs:
            return
        try:
            if self.asleep:
                (group, recorded), self.asleep = self.asleep, None
                self.stepper._apply(self.connection, group, recorded)
            else:
                self.stepper.step(self.connection, limit=limit)
        except PositionMoved:
            self.forget()

    def fall_asleep(self, limit: int) -> None:
        """With a batch read and not applied."""
        if not self.epochs or self.asleep:
            return
        try:
            group = self.stepper._hindmost(self.connection)
        except PositionMoved:
            self.forget()
            return
        bound = limit if group.ahead is None else min(limit, group.ahead - group.position)
        recorded = self.at_work.log.read(after=group.position, limit=bound)
        if recorded:
            self.asleep = group, recorded

    def forget(self) -> None:
        """What was held is another's, or may be: lanes are taken anew."""
        self.epochs = {}
        self.asleep = None


DEEDS = st.lists(
    st.tuples(
        st.integers(0, 1),
        st.sampled_from(("take", "step", "step", "sleep")),
        st.sets(st.sampled_from(ALL_LANES), min_size=1, max_size=8),
        st.integers(1, 40),
    ),
    min_size=5,
    max_size=30,
)


# The law is one of the database as much as of the code, so it is tested on a real one.
@pytest.mark.usefixtures("socket_enabled")
@settings(ON_A_DATABASE, max_examples=12)
@given(
    told=st.lists(histories(steps_min=5, steps_max=20), min_size=2, max_size=6),
    deeds=DEEDS,
)
def test_two_owners_write_what_one_would(
    told: list[History], deeds: list[tuple[int, str, set[int], int]]
) -> None:
    with (
        cluster().lent(Cluster.migrated_database) as database,
        projecting(database) as at_work,
        at_work.pool.connection() as one,
        at_work.pool.connection() as other,
    ):
        record(at_work.ledger, told)
        owners = [Owner(at_work, each, Stepper(at_work.log)) for each in (one, other)]
        for epoch, (who, deed, lanes, limit) in enumerate(deeds, start=1):
            owner = owners[who]
            if deed == "take":
                owner.take(sorted(lanes), epoch)
            elif deed == "sleep":
                owner.fall_asleep(limit)
            else:
                owner.step(limit)
        at_work.catch_up()
        for owner in owners:
            owner.step(10)
        assert set(at_work.positions().values()) == {at_work.log.head()}
        assert at_work.differences() == []
        assert len(at_work.rows("audit_log", order="ledger_seq")) == at_work.log.head()
