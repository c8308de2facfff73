"""Questions about archived events over HTTP: answered as before, or refused."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from psycopg import connect

from application.archiving.archiving import Archivist
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


def test_the_past_is_answered_alike_and_refused_when_the_archive_is_away(
    world: World, database: Database, tmp_path: Path
) -> None:
    path = world.opened()
    for number in range(3):
        assert world.post(f"{path}/trades", trade(f"t-{number}")).status_code == 202
    for _ in range(100):
        world.opened()
    world.catch_up()
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
