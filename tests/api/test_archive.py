"""Questions about archived events over HTTP: answered as before, or refused."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from psycopg import connect
from typing_extensions import override

from application.archiving.archiving import Archivist
from application.log import LogSelection
from infrastructure.archive.directory import DirectoryStore
from infrastructure.archive.forms import ExactForms
from infrastructure.archive.partitions import open_partitions
from infrastructure.archive.shelf import Shelf
from infrastructure.proofs.key_file import new_key_file
from tests.api.world import World, trade, world_on
from tests.integration.archive.archiving import small_partitions
from tests.support.postgres import Database

PATHS = (
    "?at_seq=3", "?as_of=2026-03-31T00:00:00Z", "/trades?as_of=2026-03-31T00:00:00Z",
    "/audit", "/audit?type=account.opened&from=2026-03-01T00:00:00Z",
)  # fmt: skip


@pytest.fixture
def world(database: Database, tmp_path: Path) -> Iterator[World]:
    small_partitions(database)
    new_key_file(tmp_path / "key.pem")
    with world_on(
        database, archive_dir=tmp_path / "archive", log_key_file=tmp_path / "key.pem"
    ) as opened:
        yield opened


def archive_all(world: World) -> None:
    runtime, evidence = world.runtime, world.runtime.evidence
    while evidence.sealer.step():
        pass
    evidence.checkpoint_signer.sign()
    partitions, close = open_partitions(runtime.database_url)
    archivist = Archivist(
        partitions,
        runtime.archive.store,
        ExactForms(),
        tree=evidence.tree,
        checkpoints=evidence.checkpoints,
        settled_seconds=0,
    )
    plan = archivist.plan(before=101, head=runtime.log.head())
    for each in plan.partitions:
        archivist.archive(each, by="cli:test")
    close()
    assert plan.partitions


class Watched(DirectoryStore):
    """Notes which files are read, and how many snapshots of the read models stand open then."""

    def __init__(self, root: Path, database: Database) -> None:
        super().__init__(root)
        self.database, self.names, self.open_meanwhile = database, list[str](), 0

    @override
    def get(self, name: str, version: str | None = None) -> bytes:
        self.names.append(name.rpartition("/")[2])
        with connect(self.database.conninfo) as admin:
            (idle,) = admin.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                " AND state = 'idle in transaction'"
            ).fetchone() or (0,)
        self.open_meanwhile += idle
        return super().get(name, version)


def interleaved(world: World) -> str:
    """The path of an account whose events lie among those of many others."""
    path = world.opened()
    for number in range(3):
        assert world.post(f"{path}/trades", trade(f"t-{number}")).status_code == 202
        for _ in range(40):
            world.opened()
    world.catch_up()
    return path


def watched(world: World, database: Database, tmp_path: Path) -> Watched:
    store = Watched(tmp_path / "archive", database)
    world.runtime.log.archived._shelf = Shelf(lambda: store)
    return store


def test_the_trail_of_an_account_is_read_from_what_is_kept_by_stream(
    world: World, database: Database, tmp_path: Path
) -> None:
    path = interleaved(world)
    archive_all(world)
    store = watched(world, database, tmp_path)
    assert len(world.get(f"{path}/audit").json()["data"]) == 5
    of_account = f"/v1/audit?account={path.rpartition('/')[2]}"
    assert len(world.get(of_account).json()["data"]) == 5
    assert store.names
    assert all(each.startswith("streams-") for each in store.names)


def test_no_snapshot_stands_open_while_the_archive_is_asked_for_a_moment(
    world: World, database: Database, tmp_path: Path
) -> None:
    interleaved(world)
    archive_all(world)
    row = world.runtime.log.select(LogSelection(), newest_first=False, limit=30)[-1]
    store = watched(world, database, tmp_path)
    moment = row.recorded_at.isoformat().replace("+00:00", "Z")
    for bound in ("from", "to"):
        store.names.clear()
        world.runtime.log.archived._shelf = Shelf(lambda: store)
        assert world.get(f"/v1/audit?limit=5&{bound}={moment}").status_code == 200
        assert any(each.startswith("events-") for each in store.names)
    assert store.open_meanwhile == 0


def test_the_past_is_answered_alike_and_refused_when_the_archive_is_away(
    world: World, database: Database, tmp_path: Path
) -> None:
    path = interleaved(world)
    before = [world.get(path + each).json() for each in PATHS]
    archive_all(world)
    assert [world.get(path + each).json() for each in PATHS] == before
    with connect(database.conninfo) as owner:
        assert owner.execute("SELECT min(ledger_seq) FROM ledger.events").fetchone() == (101,)
    # The account goes on: it is read whole out of both.
    assert world.post(f"{path}/trades", trade("t-9")).status_code == 202
    away = Shelf(lambda: DirectoryStore(tmp_path / "nowhere"))
    world.runtime.log.archived._shelf = away
    for each in PATHS:
        answer = world.get(path + each)
        assert (answer.status_code, answer.json()["code"]) == (503, "archive-unavailable")
        assert answer.headers["Retry-After"]
