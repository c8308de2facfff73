"""Waiting for the read models of a real database."""

import pytest

from projections.errors import ReadModelsMissing
from projections.gate import least_position, wait_until
from tests.integration.projections.projecting import NAMES, Projecting


class TestWaitUntil:
    def test_goes_by_the_model_that_is_furthest_behind(self, at_work: Projecting) -> None:
        at_work.append_raw("order.placed")
        at_work.catch_up()
        at_work.admin.execute("UPDATE read.positions SET position = 9 WHERE projection = 'trades'")
        for source in (at_work.pool, at_work.admin):
            assert least_position(source, NAMES) == 1
            assert wait_until(source, projections=["trades"], position=9, within_seconds=0)
            assert not wait_until(source, projections=NAMES, position=9, within_seconds=0)

    def test_refuses_a_model_that_there_is_not(self, at_work: Projecting) -> None:
        with pytest.raises(ReadModelsMissing, match="acounts"):
            least_position(at_work.pool, ["trades", "acounts"])

    def test_refuses_a_database_without_read_models(self, at_work: Projecting) -> None:
        at_work.admin.execute("DROP TABLE read.positions")
        with pytest.raises(ReadModelsMissing):
            least_position(at_work.admin, NAMES)
