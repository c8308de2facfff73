"""Servers of one's own: a login that migrates, another for the API and the daemon, no superuser."""

import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_urlsafe
from signal import SIGTERM
from tempfile import TemporaryDirectory

import psycopg
import pytest

from infrastructure.embedded.servers import Servers, embedded_servers
from tests.e2e.talking import done, opened, read, trade
from tests.support.processes import DYNASTY, Server, dynasty, serving

SUPERUSER, DEPLOYER, SERVICE = "postgres", "deployer", "service"
ROLES = (
    "dynasty_writer, dynasty_reader, dynasty_projector, dynasty_worker, dynasty_engine,"
    " dynasty_keeper"
)


@dataclass(frozen=True, slots=True)
class Site:
    """A database and a Redis that somebody runs, and a secret that every process is given."""

    servers: Servers
    directory: Path
    secret: str
    migrated: str

    def url(self, login: str) -> str:
        return url_for(self.servers, login)

    def variables(self, login: str = SERVICE) -> Mapping[str, str]:
        return {**variables_for(self.servers, login), "DYNASTY_JWT_SECRET": self.secret}

    @contextmanager
    def session(self, login: str) -> Iterator[psycopg.Connection]:
        with psycopg.connect(self.url(login), autocommit=True) as connection:
            yield connection


def url_for(servers: Servers, login: str) -> str:
    return servers.database_url.replace(f"{SUPERUSER}@", f"{login}@", 1)


def variables_for(servers: Servers, login: str) -> Mapping[str, str]:
    return {"DATABASE_URL": url_for(servers, login), "REDIS_URL": servers.redis_url}


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """A migrated database: the superuser made a login for it, and that login did all the rest."""
    with embedded_servers() as servers, TemporaryDirectory(prefix="dynasty-") as made:
        with psycopg.connect(servers.database_url, autocommit=True) as superuser:
            superuser.execute(f"CREATE ROLE {DEPLOYER} LOGIN CREATEROLE NOSUPERUSER")
            superuser.execute(f"ALTER DATABASE dynasty OWNER TO {DEPLOYER}")
        migrated = dynasty("migrate", directory=Path(made), **variables_for(servers, DEPLOYER))
        assert migrated.returncode == 0, migrated.stderr
        with psycopg.connect(url_for(servers, DEPLOYER), autocommit=True) as deployer:
            deployer.execute(f"CREATE ROLE {SERVICE} LOGIN IN ROLE {ROLES}")
        yield Site(servers, Path(made), token_urlsafe(48), migrated.stdout)


@pytest.fixture(scope="module")
def server(site: Site) -> Iterator[Server]:
    with serving(site.directory, **site.variables()) as started, daemon(site) as _:
        yield started


@contextmanager
def daemon(site: Site) -> Iterator["subprocess.Popen[str]"]:
    """`dynasty daemon`, at work."""
    with subprocess.Popen(
        [DYNASTY, "daemon"],
        cwd=site.directory,
        env={"PATH": os.environ["PATH"], **site.variables()},
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stderr is not None
            assert "follow the log" in process.stderr.readline()
            yield process
        finally:
            process.kill()


class TestMigrate:
    def test_applies_what_is_missing_and_then_nothing(self, site: Site) -> None:
        again = dynasty("migrate", directory=site.directory, **site.variables(DEPLOYER))
        assert site.migrated.startswith("applied 0001 ")
        assert (again.returncode, again.stdout) == (0, "The database is up to date.\n")


class TestTheService:
    def test_takes_a_trade_in_and_the_daemon_shows_it(self, server: Server) -> None:
        with server.client("admin") as admin:
            account = opened(admin)
            booked = done(admin, f"{account}/trades", trade())
            shown = read(admin, account, after=booked)
            violations = read(admin, f"{account}/violations", after=booked)["data"]
        assert (shown["version"], shown["balance"]["amount"]) == (3, "24897.5200")
        assert [each["rule"] for each in violations] == ["position_limit"]

    def test_starts_no_server_and_leaves_no_file(self, site: Site, server: Server) -> None:
        assert server.below == set()
        assert list(site.directory.iterdir()) == []

    def test_books_no_demo_account(self, server: Server) -> None:
        with server.client("admin") as admin:
            assert admin.get("/v1/accounts?plan=standard-25k").json()["data"] == []

    def test_ends_by_itself_and_lets_the_database_run(self, site: Site) -> None:
        with serving(site.directory, **site.variables()) as server, daemon(site) as projector:
            assert server.stop(SIGTERM) == 0
            projector.send_signal(SIGTERM)
            assert projector.wait() == 0
        with site.session(SERVICE) as session:
            assert session.execute("SELECT last_seq >= 0 FROM ledger.head").fetchone() == (True,)

    def test_needs_a_secret(self, site: Site) -> None:
        given = variables_for(site.servers, SERVICE)
        refused = dynasty("serve", "--port", "0", directory=site.directory, **given)
        assert refused.returncode == 2
        assert refused.stderr.startswith("signing-secret-missing: ")


class TestTheLogin:
    @pytest.mark.parametrize("login", [DEPLOYER, SERVICE])
    def test_is_no_superuser(self, site: Site, login: str) -> None:
        with site.session(login) as session:
            found = session.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
            assert found.fetchone() == (False,)

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE ledger.events SET actor = 'nobody'",
            "DELETE FROM ledger.events",
            "TRUNCATE ledger.events",
            "INSERT INTO ledger.events SELECT * FROM ledger.events",
            "UPDATE ledger.head SET last_seq = 0",
            "ALTER TABLE ledger.events DISABLE TRIGGER ALL",
            "DROP TABLE ledger.events",
            "SET ROLE dynasty_owner",
        ],
    )
    def test_cannot_change_what_was_recorded(self, site: Site, statement: str) -> None:
        with (
            site.session(SERVICE) as session,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            session.execute(statement.encode())
