"""The continuous verifier: what the owner of the database changes is found without being asked."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from psycopg import connect

from application.proofs.sealing import leaf_of
from application.proofs.tiles import grown, root_of
from infrastructure.proofs.rounds import PostgresRounds
from tests.integration.proofs.going_round import ALWAYS, SELDOM, found, go_round, stand, verifier
from tests.integration.proofs.office import Office, office_on
from tests.support.postgres import Database, cluster

EVENTS = 600


@pytest.fixture(scope="module")
def template(module_database: Database, tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("key")
    with office_on(module_database, directory) as office:
        office.fill(EVENTS // 2)
        office.seal_and_sign()
        office.fill(EVENTS // 2)
        office.seal_and_sign()
    return directory


@pytest.fixture
def sealed(module_database: Database, template: Path) -> Iterator[Office]:
    """A copy of six hundred events and two checkpoints for the test."""
    with (
        cluster().lent(lambda server: server.copied(module_database)) as database,
        office_on(database, template) as office,
    ):
        yield office


class TestARound:
    @pytest.mark.parametrize("piece", [1, 7, 256, 599, 600, 2_048])
    def test_comes_through_where_all_is_sound(self, sealed: Office, piece: int) -> None:
        at = go_round(sealed, piece=piece)
        assert (at["over"], at["sound_size"], at["finding"]) == (True, EVENTS, None)
        assert at["sound_root"] == sealed.tree.head().root
        assert at["through_at"] is not None

    def test_goes_on_in_another_process_where_one_was_ended(self, sealed: Office) -> None:
        verifier(sealed).step()
        assert [verifier(sealed).step() for _ in range(3)] == [256, 256, 88]
        assert (stand(sealed)["position"], stand(sealed)["over"]) == (EVENTS, False)
        assert go_round(sealed)["sound_size"] == EVENTS

    def test_is_done_once_by_two_at_once(self, sealed: Office) -> None:
        one, other = verifier(sealed), verifier(sealed)
        now = PostgresRounds(sealed.pool).current(rest=timedelta(0))
        one.step()
        assert not PostgresRounds(sealed.pool).begin(now, size=1, root=bytes(32))
        while one.step() | other.step():
            pass
        assert stand(sealed)["sound_size"] == EVENTS

    def test_follows_the_checkpoints_until_the_next_is_due(self, sealed: Office) -> None:
        first = go_round(sealed)
        sealed.fill(300)
        assert go_round(sealed)["size"] == EVENTS
        sealed.seal_and_sign()
        later = go_round(sealed)
        assert (later["sound_size"], later["through_at"]) == (EVENTS + 300, first["through_at"])
        assert later["began_at"] == first["began_at"]
        again = verifier(sealed, ALWAYS)
        assert again.step() == 1
        assert (stand(sealed)["position"], stand(sealed)["over"]) == (0, False)

    def test_doubts_nothing_that_is_signed_while_it_looks(
        self, sealed: Office, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        looks = {"head": sealed.tree.head, "newest": sealed.checkpoints.newest}

        def and_then_signed(name: str) -> Any:
            monkeypatch.undo()
            found = looks[name]()
            sealed.fill(30)
            sealed.seal_and_sign()
            return found

        for each, name in ((sealed.tree, "head"), (sealed.checkpoints, "newest")):
            monkeypatch.setattr(each, name, partial(and_then_signed, name))
        assert go_round(sealed)["finding"] is None

    def test_rests_by_its_share_of_the_time(self, sealed: Office) -> None:
        # Began and ended, in rest, at its last moment, began and ended.
        moments = iter([0, 100, 500, 999, 1_000, 1_100])
        it = verifier(sealed, replace(SELDOM, percent=10), now_ns=lambda: next(moments))
        assert [it.step(), it.step(), it.step(), it.step()] == [1, 0, 0, 256]

    def test_of_nothing_is_none(self, office: Office) -> None:
        assert go_round(office)["size"] == 0

    def test_without_a_checkpoint_goes_to_the_head_of_the_tree(self, office: Office) -> None:
        office.fill(20)
        office.sealer().seal_all()
        assert go_round(office)["sound_size"] == 20


class TestWhatWasChanged:
    @pytest.mark.parametrize(
        ("statement", "kind", "seq"),
        [
            ("UPDATE ledger.events SET actor = 'admin:2' WHERE ledger_seq = 1", "altered", 1),
            ("UPDATE ledger.events SET payload = '{}' WHERE ledger_seq = 600", "altered", 600),
            ("DELETE FROM ledger.events WHERE ledger_seq = 257", "removed", 257),
            ("DELETE FROM ledger.events WHERE ledger_seq = 512", "removed", 512),
            ("DELETE FROM ledger.events WHERE ledger_seq > 590", "removed", 591),
            ("DELETE FROM ledger.tiles WHERE level = 0 AND index = 1", "tree", 257),
            (
                (
                    "UPDATE ledger.tiles SET hashes = substr(hashes, 1, 320) WHERE level = 0"
                    " AND index = 2"
                ),
                "tree",
                523,
            ),
            ("UPDATE ledger.checkpoints SET note = 'x' WHERE size = 600", "checkpoint", None),
            (
                (
                    "UPDATE ledger.checkpoints SET note = (SELECT note FROM ledger.checkpoints"
                    " WHERE size = 300) WHERE size = 600"
                ),
                "checkpoint",
                None,
            ),
            (
                (
                    "UPDATE ledger.checkpoints SET note = replace(note, '\n600\n', '\n601\n')"
                    " WHERE size = 600"
                ),
                "checkpoint",
                None,
            ),
        ],
    )
    def test_is_found_and_named(
        self, sealed: Office, statement: str, kind: str, seq: int | None
    ) -> None:
        sealed.tamper(statement)
        go_round(sealed)
        assert found(sealed) == (kind, seq)
        assert stand(sealed)["sound_size"] == 0

    def test_is_found_in_the_next_round_too(self, sealed: Office) -> None:
        go_round(sealed)
        sealed.tamper("UPDATE ledger.events SET reason = 'x' WHERE ledger_seq = 300")
        assert go_round(sealed)["finding"] is None
        go_round(sealed, ALWAYS)
        assert found(sealed) == ("altered", 300)

    def test_is_no_more_once_it_is_mended(self, sealed: Office) -> None:
        sealed.tamper("UPDATE ledger.events SET reason = 'x' WHERE ledger_seq = 300")
        at = go_round(sealed)
        assert at["found_at"] is not None
        assert go_round(sealed)["found_at"] == at["found_at"]
        sealed.tamper("UPDATE ledger.events SET reason = NULL WHERE ledger_seq = 300")
        assert go_round(sealed)["finding"] is None
        assert stand(sealed)["sound_size"] == EVENTS

    def test_of_a_checkpoint_is_no_more_once_it_is_mended(self, sealed: Office) -> None:
        sealed.tamper("UPDATE ledger.checkpoints SET note = note || 'x' WHERE size = 600")
        go_round(sealed)
        assert found(sealed) == ("checkpoint", None)
        sealed.tamper("UPDATE ledger.checkpoints SET note = rtrim(note, 'x') WHERE size = 600")
        assert go_round(sealed)["finding"] is None

    def test_with_its_leaves_leads_to_another_root(self, sealed: Office) -> None:
        rewrite(sealed)
        go_round(sealed)
        assert found(sealed) == ("checkpoint", None)
        at = stand(sealed)
        assert at["finding"] == "events 1 to 600 lead to another root than was signed"
        assert (at["position"], at["over"]) == (0, False)

    def test_with_its_leaves_and_checkpoints_is_not_what_was_verified(self, sealed: Office) -> None:
        go_round(sealed)
        rewrite(sealed)
        sealed.tamper("DELETE FROM ledger.checkpoints")
        go_round(sealed, ALWAYS)
        assert found(sealed) == ("tree", None)
        sentence = "events 1 to 600 are not those that were verified before"
        assert stand(sealed)["finding"] == sentence

    def test_by_taking_the_end_away_is_found(self, sealed: Office) -> None:
        go_round(sealed)
        sealed.tamper(
            "DELETE FROM ledger.checkpoints",
            "DELETE FROM ledger.tiles",
            "UPDATE ledger.tree SET size = 0, root = sha256('')",
        )
        go_round(sealed)
        assert stand(sealed)["finding"] == "600 events were verified, and the tree holds 0 now"

    def test_is_logged_once(self, sealed: Office, caplog: pytest.LogCaptureFixture) -> None:
        sealed.tamper("UPDATE ledger.events SET reason = 'x' WHERE ledger_seq = 3")
        it = verifier(sealed)
        for _ in range(5):
            it.step()
        (said,) = [each.getMessage() for each in caplog.records if each.name == "dynasty.verifier"]
        assert said.startswith("The log is not sound: event 3 is not what was sealed: account.")


def rewrite(office: Office) -> None:
    """Another payload, and every leaf and root made anew to fit it; nothing is signed."""
    office.tamper("UPDATE ledger.events SET payload = replace(payload, '2', '3')")
    leaves = [leaf_of(each) for each in office.log.read(after=0, limit=EVENTS)]
    tiles = grown(0, {}, leaves)
    root = root_of(EVENTS, lambda _: tiles)
    with connect(office.database.conninfo) as owner:
        owner.execute("DELETE FROM ledger.tiles")
        for at, hashes in tiles.items():
            values = (at.level, at.number, hashes)
            owner.execute("INSERT INTO ledger.tiles VALUES (%s, %s, %s)", values)
        owner.execute("UPDATE ledger.tree SET root = %s", (root,))
