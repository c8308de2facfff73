"""Whatever events cannot be read, and whenever they are retried: no account but theirs is touched,
and after the retries all rows are what they would have been.
"""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from projections.dead_letters import letters
from projections.retrying import Retrier
from projections.stepping import Stepper
from tests.integration.projections.failing import Unreadable
from tests.integration.projections.projecting import Projecting, projecting
from tests.property.projections.on_databases import ON_A_DATABASE
from tests.support.histories import History, histories, record
from tests.support.postgres import Cluster, cluster


def project(at_work: Projecting, log: Unreadable, sizes: list[int]) -> None:
    stepper = Stepper(log, parked_max=100)
    with at_work.pool.connection() as connection:
        while True:
            for size in sizes:
                if not stepper.step(connection, limit=size).events:
                    return


# The law is one of the database as much as of the code, so it is tested on a real one.
@pytest.mark.usefixtures("socket_enabled")
@settings(ON_A_DATABASE, max_examples=5)
@given(
    told=st.lists(histories(steps_min=5, steps_max=20), min_size=1, max_size=4),
    later=st.lists(histories(steps_min=5, steps_max=10), min_size=1, max_size=2),
    poison=st.sets(st.integers(1, 60), min_size=1, max_size=4),
    sizes=st.lists(st.integers(1, 60), min_size=1, max_size=3),
)
def test_a_parked_account_waits_and_is_whole_again_after_its_retry(
    told: list[History], later: list[History], poison: set[int], sizes: list[int]
) -> None:
    with cluster().lent(Cluster.migrated_database) as database, projecting(database) as at_work:
        record(at_work.ledger, told)
        log = Unreadable(at_work.log, poison)
        project(at_work, log, sizes)
        parked = {each.stream_id: each.ledger_seq for each in letters(at_work.admin)}
        kept = [
            each.ledger_seq
            for each in at_work.log.read(after=0, limit=10_000)
            if each.ledger_seq < parked.get(each.stream_id, each.ledger_seq + 1)
        ]
        found = [row["ledger_seq"] for row in at_work.rows("audit_log", order="ledger_seq")]
        assert found == kept
        log.positions.clear()
        retrier = Retrier(log, at_work.pool)
        for number, each in enumerate(letters(at_work.admin)):
            if number:
                retrier.retry(each.letter_id)
        record(at_work.ledger, later, first_account=len(told) + 1)
        project(at_work, log, sizes)
        for each in letters(at_work.admin):
            retrier.retry(each.letter_id)
        assert letters(at_work.admin) == []
        assert set(at_work.positions().values()) == {at_work.log.head()}
        assert at_work.differences() == []
