"""The embedded servers answer, as servers of their own kind."""

import os
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from infrastructure.embedded.servers import Servers, embedded_servers
from tests.integration.embedded.processes import descendants, wait_until_gone


def setting(servers: Servers, name: str) -> str:
    with psycopg.connect(servers.database_url) as connection:
        found = connection.execute("SELECT current_setting(%s)", [name]).fetchone()
    assert found is not None
    return str(found[0])


@pytest.fixture(scope="module")
def servers() -> Iterator[Servers]:
    with embedded_servers() as running:
        yield running


class TestPostgres:
    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("server_encoding", "UTF8"),
            ("TimeZone", "UTC"),
            ("fsync", "on"),
            ("synchronous_commit", "on"),
            ("full_page_writes", "on"),
            ("wal_level", "replica"),
            ("listen_addresses", ""),
            ("shared_buffers", "128MB"),
            ("max_connections", "100"),
        ],
    )
    def test_is_set_up_as_a_durable_server_without_a_port(
        self, servers: Servers, name: str, value: str
    ) -> None:
        assert setting(servers, name) == value

    def test_is_version_18(self, servers: Servers) -> None:
        assert setting(servers, "server_version_num").startswith("18")

    def test_sorts_text_by_code_point(self, servers: Servers) -> None:
        with psycopg.connect(servers.database_url) as connection:
            found = connection.execute(
                "SELECT datname, datcollate FROM pg_database WHERE datname = current_database()"
            ).fetchone()
        assert found == ("dynasty", "C")

    def test_is_closed_to_other_users(self, servers: Servers) -> None:
        sockets = Path(servers.database_url.partition("host=")[2].partition("&")[0])
        assert sockets.stat().st_mode & 0o077 == 0

    def test_is_found_whatever_the_environment_says(
        self, servers: Servers, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name, value in {"PGPORT": "1", "PGHOST": "/nowhere", "PGUSER": "x"}.items():
            monkeypatch.setenv(name, value)
        assert setting(servers, "port") == "5432"


class TestRedis:
    def test_keeps_a_value(self, servers: Servers) -> None:
        with redis.Redis.from_url(servers.redis_url) as client:
            client.set("embedded:test", "kept")
            assert client.get("embedded:test") == b"kept"

    @pytest.mark.parametrize(("name", "value"), [("port", "0"), ("save", ""), ("appendonly", "no")])
    def test_listens_on_no_port_and_writes_no_file(
        self, servers: Servers, name: str, value: str
    ) -> None:
        with redis.Redis.from_url(servers.redis_url, decode_responses=True) as client:
            assert client.config_get(name) == {name: value}


class TestTheSockets:
    def test_fit_where_the_kernel_keeps_their_names(self, servers: Servers) -> None:
        sockets = Path(servers.redis_url.removeprefix("unix://")).parent
        found = [path for path in sockets.rglob("*") if path.is_socket()]
        assert len(found) == 2
        assert max(len(os.fsencode(path)) for path in found) < 100


class TestTheBlock:
    def test_leaves_no_process_and_no_file(self) -> None:
        before = descendants(os.getpid())
        with embedded_servers() as servers:
            started = descendants(os.getpid()) - before
        assert wait_until_gone(started) == set()
        assert not Path(servers.redis_url.removeprefix("unix://")).parent.exists()

    def test_leaves_none_after_an_exception_either(self) -> None:
        before = descendants(os.getpid())
        started = set()

        def fail() -> None:
            with embedded_servers():
                started.update(descendants(os.getpid()) - before)
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            fail()
        assert wait_until_gone(started) == set()

    def test_runs_twice_at_once_on_different_directories(self, tmp_path: Path) -> None:
        with embedded_servers(tmp_path / "a") as one, embedded_servers(tmp_path / "b") as other:
            with psycopg.connect(one.database_url) as connection:
                connection.execute("CREATE TABLE here (i int)")
            with (
                psycopg.connect(other.database_url) as connection,
                pytest.raises(psycopg.errors.UndefinedTable),
            ):
                connection.execute("SELECT * FROM here")
