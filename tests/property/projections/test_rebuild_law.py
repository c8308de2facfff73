"""However the log is cut into batches, or into ranges of streams, the rows come out the same."""

from collections.abc import Sequence

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from projections.comparing import Comparison
from projections.read_models import READ_MODELS
from projections.rebuild import Rebuilder
from projections.stepping import Stepper
from tests.integration.projections.projecting import Projecting, projecting
from tests.property.projections.on_databases import ON_A_DATABASE
from tests.support.histories import History, Step, histories, record
from tests.support.postgres import Cluster, cluster


def project_in_pieces(at_work: Projecting, sizes: Sequence[int], *, accounts_max: int) -> None:
    """Batches of the given sizes, over and over, with hardly an account kept in memory."""
    stepper = Stepper(at_work.log, accounts_max=accounts_max)
    with at_work.pool.connection() as connection:
        while True:
            for size in sizes:
                if not stepper.step(connection, limit=size).events:
                    return


def differences_of_ranges(
    at_work: Projecting, range_events: int, batch: int, stream_max: int
) -> Sequence[Comparison]:
    """The tables that a rebuild by other ranges and batches fills otherwise."""
    rebuilder = Rebuilder(
        at_work.log, at_work.pool, batch=batch, range_events=range_events, stream_max=stream_max
    )
    found = rebuilder.check(READ_MODELS, progress=lambda _, __: None)
    return [each for each in found if not each.same]


# The law is one of the database as much as of the code, so it is tested on a real one.
@pytest.mark.usefixtures("socket_enabled")
@settings(ON_A_DATABASE, max_examples=15)
@example(
    # A day in progress is closed by a correction that takes one of its trades to a later one.
    told=[
        History(
            pack="no rules",
            steps=[Step("trade", 1, 5, 1), Step("trade", 1, 5, 1), Step("replace", 1, 5, 1_500)],
        )
    ],
    sizes=[1],
    accounts_max=1,
    cut=(1, 1, 1),
)
@given(
    told=st.lists(histories(steps_min=15, steps_max=40), min_size=1, max_size=4),
    sizes=st.lists(st.integers(1, 60), min_size=1, max_size=5),
    accounts_max=st.integers(1, 4),
    cut=st.tuples(st.integers(1, 200), st.integers(1, 100), st.integers(1, 60)),
)
def test_live_rows_equal_a_rebuild(
    told: list[History], sizes: list[int], accounts_max: int, cut: tuple[int, int, int]
) -> None:
    with cluster().lent(Cluster.migrated_database) as database, projecting(database) as at_work:
        record(at_work.ledger, told)
        project_in_pieces(at_work, sizes, accounts_max=accounts_max)
        assert set(at_work.positions().values()) == {at_work.log.head()}
        assert at_work.differences() == []
        assert differences_of_ranges(at_work, *cut) == []
        assert len(at_work.rows("audit_log", order="ledger_seq")) == at_work.log.head()
        assert len(READ_MODELS) == len(at_work.positions())
