"""How `dynasty serve` starts, ends, and begins again where it left off."""

import json
import socket
from pathlib import Path
from signal import SIGINT, SIGTERM

import httpx
import pytest

from tests.e2e.talking import done, opened, read, trade
from tests.integration.embedded.processes import wait_until_gone
from tests.support.processes import dynasty, runtime_directories, serving
from tests.unit.imports.samples import DATA

EMPTY = "--no-demo-data"
EXPORT = str(DATA / "topstepx_trades_2025-10.csv")
INTERRUPTED = 130


def named(directory: Path) -> list[str]:
    return sorted(each.name for each in directory.iterdir())


class TestServe:
    @pytest.mark.parametrize(("signal", "status"), [(SIGINT, INTERRUPTED), (SIGTERM, 0)])
    def test_stops_with_everything_it_started_on(
        self, directory: Path, signal: int, status: int
    ) -> None:
        with serving(directory, EMPTY) as server:
            runtime = runtime_directories(server.below)
            assert len(runtime) == 1
            assert server.stop(signal) == status
            assert wait_until_gone(server.below) == set()
            assert [each for each in runtime if each.exists()] == []
            with pytest.raises(httpx.ConnectError):
                httpx.get(f"{server.url}/v1/health")
        assert named(directory) == [".dynasty"]

    def test_goes_on_where_it_stopped(self, directory: Path) -> None:
        with serving(directory, EMPTY) as server, server.client("admin") as admin:
            account = opened(admin)
            written = done(admin, f"{account}/trades", trade())
            before = read(admin, account, after=written)
            token = admin.headers["Authorization"]
            server.stop(SIGINT)
        with serving(directory, EMPTY) as server:
            again = httpx.get(f"{server.url}{account}", headers={"Authorization": token})
        assert again.json() == before

    def test_refuses_a_directory_that_another_one_holds(self, directory: Path) -> None:
        with serving(directory, EMPTY) as server:
            second = dynasty("serve", "--port", "0", directory=directory)
            assert httpx.get(f"{server.url}/v1/ready").json()["status"] == "ready"
            assert server.lives
        said = " ".join(second.stderr.split())
        assert (second.returncode, second.stdout) == (2, "")
        assert said.startswith("data-directory-in-use: The data directory")
        assert f"is in use by process {server.process.pid}. Stop that process" in said

    def test_shares_its_database_with_commands_typed_beside_it(self, directory: Path) -> None:
        with serving(directory, EMPTY) as server, server.client("admin") as admin:
            account = opened(admin)
            typed = ("--account", account.rpartition("acc_")[2], "--json")
            imported = dynasty("import", "topstepx", EXPORT, *typed, directory=directory)
            assert (imported.returncode, json.loads(imported.stdout)["imported"]) == (0, 31)
            caught_up = dynasty("daemon", "--once", directory=directory)
            assert caught_up.returncode == 0, caught_up.stderr
            assert admin.get(account).json()["balance"]["amount"] == "23521.4400"
            assert server.lives

    def test_leaves_nothing_when_its_port_is_taken(self, directory: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = str(taken.getsockname()[1])
            ended = dynasty("serve", EMPTY, "--port", port, directory=directory)
        assert ended.returncode != 0
        assert "address already in use" in ended.stderr
        # The directory is free again at once.
        with serving(directory, EMPTY) as server:
            assert server.lives

    def test_refuses_settings_that_do_not_go_together(self, directory: Path) -> None:
        alone = dynasty("serve", directory=directory, DATABASE_URL="postgresql://u:secret@h/d")
        assert alone.returncode == 2
        assert alone.stderr.startswith("settings-refused: ")
        assert "secret" not in alone.stderr
        assert named(directory) == []


class TestToken:
    def test_is_refused_with_a_reason(self, directory: Path) -> None:
        refused = dynasty("token", "--role", "trader", directory=directory)
        assert (refused.returncode, refused.stdout) == (2, "")
        assert refused.stderr.startswith("trader-missing: ")
        assert named(directory) == []

    def test_may_come_before_the_first_start(self, directory: Path) -> None:
        token = dynasty("token", "--role", "support", directory=directory).stdout.strip()
        with serving(directory, EMPTY) as server:
            headers = {"Authorization": f"Bearer {token}"}
            answer = httpx.get(f"{server.url}/v1/accounts", headers=headers)
        assert answer.json() == {"data": [], "next_cursor": None}
