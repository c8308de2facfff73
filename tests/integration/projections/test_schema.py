"""The making of the tables, and the refusal to do without them."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from psycopg import connect
from psycopg.errors import InsufficientPrivilege

from infrastructure.postgres.sessions import session_conninfo
from projections.checking import check_read_models
from projections.errors import ReadModelOutdated, ReadModelsMissing
from projections.schema import create_read_models
from tests.integration.projections.projecting import NAMES, Projecting
from tests.support.histories import History, Step, record
from tests.support.postgres import Database

RESULTS = History("static", [Step("result", 1, 1, 1)])
# As it was made before there were lanes.
WITHOUT_LANES = """
SET ROLE dynasty_projector;
ALTER TABLE read.positions RENAME TO lanes;
ALTER INDEX read.positions_pkey RENAME TO lanes_pkey;
CREATE TABLE read.positions (
    projection text PRIMARY KEY,
    position bigint NOT NULL CHECK (position >= 0),
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    definition text NOT NULL
) WITH (fillfactor = 10);
INSERT INTO read.positions SELECT projection, position, updated_at, definition FROM read.lanes
WHERE lane = 0;
DROP TABLE read.lanes;
RESET ROLE;
"""


class TestCreateReadModels:
    def test_makes_every_model_once(self, database: Database) -> None:
        with connect(database.conninfo, autocommit=True) as admin:
            assert create_read_models(admin) == NAMES
            assert create_read_models(admin) == []
            check_read_models(admin)

    def test_may_be_called_from_several_places_at_once(self, database: Database) -> None:
        def create(_: int) -> int:
            with connect(database.conninfo, autocommit=True) as admin:
                return len(create_read_models(admin))

        with ThreadPoolExecutor(4) as callers:
            assert sorted(callers.map(create, range(4))) == [0, 0, 0, len(NAMES)]

    def test_makes_a_lost_table_anew_at_the_beginning(self, at_work: Projecting) -> None:
        record(at_work.ledger, [History("static", [Step("result", 1, 1, 1)])])
        at_work.catch_up()
        at_work.admin.execute("DROP TABLE read.trades")
        assert create_read_models(at_work.admin) == ["trades"]
        assert at_work.positions()["trades"] == 0
        at_work.catch_up()
        assert at_work.differences() == []

    def test_brings_positions_of_an_earlier_release_into_lanes(self, at_work: Projecting) -> None:
        record(at_work.ledger, [RESULTS, RESULTS])
        at_work.catch_up()
        at_work.admin.execute(WITHOUT_LANES)
        for _ in range(2):
            with pytest.raises(ReadModelsMissing, match="Run `dynasty migrate`"):
                check_read_models(at_work.admin)
        assert create_read_models(at_work.admin) == []
        assert create_read_models(at_work.admin) == []
        check_read_models(at_work.admin)
        assert at_work.positions() == dict.fromkeys(NAMES, 4)
        record(at_work.ledger, [RESULTS], first_account=3)
        at_work.catch_up()
        assert at_work.differences() == []

    def test_lets_the_reader_read_and_not_write(self, at_work: Projecting) -> None:
        reader = session_conninfo(
            at_work.database.conninfo, role="dynasty_reader", application="test-reader"
        )
        with connect(reader, autocommit=True) as session:
            assert session.execute("SELECT count(*) FROM read.accounts").fetchone() == (0,)
            with pytest.raises(InsufficientPrivilege):
                session.execute("DELETE FROM read.positions")


class TestCheckReadModels:
    def test_refuses_a_database_without_them(self, database: Database) -> None:
        with (
            connect(database.conninfo, autocommit=True) as admin,
            pytest.raises(ReadModelsMissing, match="Run `dynasty migrate` first"),
        ):
            check_read_models(admin)

    def test_names_the_model_whose_table_is_gone(self, at_work: Projecting) -> None:
        at_work.admin.execute("DROP TABLE read.trades")
        with pytest.raises(ReadModelsMissing, match="no tables for trades"):
            check_read_models(at_work.admin)

    def test_refuses_tables_of_another_shape(self, at_work: Projecting) -> None:
        at_work.admin.execute(
            "UPDATE read.positions SET definition = 'old' WHERE projection = 'trades'"
        )
        with pytest.raises(ReadModelOutdated, match="projections rebuild trades"):
            check_read_models(at_work.admin)
