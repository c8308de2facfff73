"""A database that cannot be used is refused with the reason, at once and by name."""

import socket

import psycopg
import pytest

from infrastructure.event_store.ledger import open_ledger
from infrastructure.event_store.log import open_log
from infrastructure.postgres.errors import DatabaseUnusable
from infrastructure.postgres.migrator import migrate
from tests.support.postgres import Database

NOWHERE = "postgresql://somebody:secret-word@/nowhere?host=/tmp/df-no-such-place"


class TestAnUnusableDatabase:
    def test_is_refused_by_the_ledger_when_nobody_answers(self) -> None:
        with pytest.raises(DatabaseUnusable) as refused:
            open_ledger(NOWHERE, pool_size=1)
        assert "DATABASE_URL" in refused.value.sentence
        assert "secret-word" not in refused.value.sentence

    def test_is_refused_with_what_to_do_where_no_server_listens(self) -> None:
        with socket.socket() as bound:
            bound.bind(("127.0.0.1", 0))
            url = f"postgresql://somebody@127.0.0.1:{bound.getsockname()[1]}/nowhere"
            with pytest.raises(DatabaseUnusable) as refused:
                open_ledger(url, pool_size=1)
        assert refused.value.sentence.endswith(
            " Start the server, or correct host and port in DATABASE_URL."
        )
        assert "?." not in refused.value.sentence

    def test_is_refused_by_the_log_when_nobody_answers(self) -> None:
        with pytest.raises(DatabaseUnusable):
            open_log(NOWHERE)

    def test_is_refused_by_the_migrator_when_nobody_answers(self) -> None:
        with pytest.raises(DatabaseUnusable) as refused:
            migrate(NOWHERE)
        assert "secret-word" not in refused.value.sentence

    def test_is_refused_when_the_login_lacks_the_role(self, database: Database) -> None:
        with psycopg.connect(database.conninfo, autocommit=True) as connection:
            connection.execute("DROP ROLE IF EXISTS df_bystander")
            connection.execute("CREATE ROLE df_bystander LOGIN")
        try:
            with pytest.raises(DatabaseUnusable, match=r"dynasty_writer.*GRANT that role"):
                open_ledger(f"{database.conninfo} user=df_bystander", pool_size=1)
        finally:
            with psycopg.connect(database.conninfo, autocommit=True) as connection:
                connection.execute("DROP ROLE df_bystander")

    def test_is_refused_when_the_login_may_not_migrate(self, empty_database: Database) -> None:
        with psycopg.connect(empty_database.conninfo, autocommit=True) as connection:
            connection.execute("DROP ROLE IF EXISTS df_passer_by")
            connection.execute("CREATE ROLE df_passer_by LOGIN")
        try:
            with pytest.raises(DatabaseUnusable, match="denied"):
                migrate(f"{empty_database.conninfo} user=df_passer_by")
        finally:
            with psycopg.connect(empty_database.conninfo, autocommit=True) as connection:
                connection.execute("DROP ROLE df_passer_by")
