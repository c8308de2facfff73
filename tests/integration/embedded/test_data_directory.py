"""What a data directory keeps, and who may use it."""

import os
import shutil
import signal
import sys
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from infrastructure.embedded.errors import DataDirectoryInUse, EmbeddedServerFailed
from infrastructure.embedded.servers import Servers, embedded_servers, shared_servers
from tests.integration.embedded.processes import descendants, running, wait_until_gone


def keep(servers: Servers, word: str) -> None:
    with psycopg.connect(servers.database_url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS words (word text)")
        connection.execute("INSERT INTO words VALUES (%s)", [word])


def kept(servers: Servers) -> list[str]:
    with psycopg.connect(servers.database_url) as connection:
        return [word for (word,) in connection.execute("SELECT word FROM words")]


class TestADataDirectory:
    def test_keeps_its_data_from_one_start_to_the_next(self, tmp_path: Path) -> None:
        with embedded_servers(tmp_path) as servers:
            keep(servers, "first")
        with embedded_servers(tmp_path) as servers:
            assert kept(servers) == ["first"]

    def test_keeps_its_data_when_the_process_is_killed(self, tmp_path: Path) -> None:
        with running(tmp_path) as runner:
            keep(runner.servers, "committed")
            runner.process.kill()
            runner.process.wait()
            with embedded_servers(tmp_path) as servers:
                assert kept(servers) == ["committed"]

    @pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
    def test_starts_again_after_every_process_was_killed_at_once(self, tmp_path: Path) -> None:
        with running(tmp_path) as runner:
            keep(runner.servers, "durable")
            everything = descendants(runner.process.pid)
            for process, _ in sorted(everything, reverse=True):
                with suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)
            runner.process.kill()
            assert wait_until_gone(everything) == set()
            shutil.rmtree(runner.runtime_directory)
        assert (tmp_path / "postgres" / "postmaster.pid").exists()
        with embedded_servers(tmp_path) as servers:
            assert kept(servers) == ["durable"]

    def test_starts_beside_the_lock_file_of_a_living_stranger(self, tmp_path: Path) -> None:
        with embedded_servers(tmp_path) as servers:
            keep(servers, "kept")
        stale = f"{os.getpid()}\n{tmp_path / 'postgres'}\n1\n5432\n/tmp\n\n0 0\nready\n"
        (tmp_path / "postgres" / "postmaster.pid").write_text(stale)
        with embedded_servers(tmp_path) as servers:
            assert kept(servers) == ["kept"]

    def test_is_made_anew_when_its_making_was_cut_short(self, tmp_path: Path) -> None:
        (tmp_path / "postgres.new").mkdir()
        (tmp_path / "postgres.new" / "PG_VERSION").write_text("18\n")
        with embedded_servers(tmp_path) as servers:
            keep(servers, "whole")
            assert kept(servers) == ["whole"]

    def test_may_have_a_name_too_long_for_a_socket(self, tmp_path: Path) -> None:
        with embedded_servers(tmp_path / ("long name, " * 10) / "data") as servers:
            keep(servers, "reached")

    def test_may_lie_where_no_other_user_gets(self, tmp_path: Path) -> None:
        closed = tmp_path / "closed"
        closed.mkdir(mode=0o700)
        with embedded_servers(closed / "data") as servers:
            keep(servers, "reached")


class TestASecondStart:
    def test_is_refused_while_another_process_runs_there(self, tmp_path: Path) -> None:
        with running(tmp_path) as runner:
            with pytest.raises(DataDirectoryInUse) as refusal, embedded_servers(tmp_path):
                pytest.fail("two servers share one directory")
            assert refusal.value.facts["process"] == runner.process.pid
            assert str(tmp_path) in refusal.value.sentence

    def test_leaves_the_first_one_running(self, tmp_path: Path) -> None:
        with embedded_servers(tmp_path) as servers:
            with pytest.raises(DataDirectoryInUse), embedded_servers(tmp_path):
                pytest.fail("two servers share one directory")
            keep(servers, "undisturbed")
            assert kept(servers) == ["undisturbed"]


class TestAStart:
    def test_shows_what_the_log_says_when_it_fails(self, tmp_path: Path) -> None:
        with embedded_servers(tmp_path):
            pass
        (tmp_path / "postgres" / "PG_VERSION").write_text("12\n")
        with pytest.raises(EmbeddedServerFailed, match="version 12"), embedded_servers(tmp_path):
            pytest.fail("a directory of another version was opened")


class TestSharedServers:
    def test_are_those_of_the_process_that_runs_them(self, tmp_path: Path) -> None:
        with (
            embedded_servers(tmp_path / "data", announced=True) as own,
            shared_servers(tmp_path / "data") as found,
        ):
            assert found == own
            with psycopg.connect(found.database_url) as connection:
                assert connection.execute("SELECT 1").fetchone() == (1,)

    def test_are_started_where_none_run(self, tmp_path: Path) -> None:
        with (
            shared_servers(tmp_path / "data") as found,
            psycopg.connect(found.database_url) as connection,
        ):
            assert connection.execute("SELECT 1").fetchone() == (1,)
        assert not (tmp_path / "data" / "servers.json").exists()

    def test_are_started_anew_after_an_owner_that_was_killed(self, tmp_path: Path) -> None:
        directory = tmp_path / "data"
        with embedded_servers(directory, announced=True):
            left_behind = (directory / "servers.json").read_text()
        (directory / "servers.json").write_text(left_behind)
        with (
            shared_servers(directory) as found,
            psycopg.connect(found.database_url) as connection,
        ):
            assert connection.execute("SELECT 1").fetchone() == (1,)
