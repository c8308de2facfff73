"""The database and the process agree on the lane of every stream."""

from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import connect

from application.lanes import lane_of
from tests.support.postgres import Database


# One database for all examples: nothing is written.
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(streams=st.lists(st.uuids(), min_size=1, max_size=200))
def test_the_lane_of_a_stream_is_the_same_in_sql(
    module_database: Database, streams: list[UUID]
) -> None:
    with connect(module_database.conninfo) as connection:
        found = connection.execute(
            "SELECT work.lane_of(each) FROM unnest(%s::uuid[]) WITH ORDINALITY AS t (each, place)"
            " ORDER BY place",
            (streams,),
        ).fetchall()
    assert [lane for (lane,) in found] == [lane_of(each) for each in streams]
