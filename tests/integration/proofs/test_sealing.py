"""The sealer and the signer on a real PostgreSQL: once each, whoever else is at it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from psycopg import Connection, connect
from psycopg.errors import DatabaseError, InsufficientPrivilege
from psycopg.rows import TupleRow

from application.errors import StreamNotFound
from application.exports.errors import LogNotContiguous
from application.log import LogSelection
from application.proofs.checkpointing import Cadence, CheckpointSigner
from application.proofs.errors import (
    CheckpointMissing,
    EventNotCovered,
    TreeDamaged,
    TreeSizeRefused,
)
from application.proofs.ports import TreeHead
from application.proofs.proving import Prover
from application.proofs.sealing import leaf_of
from application.proofs.tree import check_consistency, check_inclusion, leaf_hash
from application.proofs.verifying import check_signature
from infrastructure.postgres.sessions import Role, session_conninfo
from tests.integration.proofs.office import NOW, Office
from tests.support.merkle import root, tiled
from tests.support.postgres import Database


def leaves_of(office: Office) -> list[bytes]:
    return [leaf_of(each) for each in office.log.stream(LogSelection())]


def stored_tiles(office: Office) -> dict[tuple[int, int], bytes]:
    with connect(office.database.conninfo) as session:
        rows = session.execute("SELECT level, index, hashes FROM ledger.tiles").fetchall()
    return {(level, index): bytes(hashes) for level, index, hashes in rows}


def insist_on_whole_tree(office: Office) -> None:
    leaves = leaves_of(office)
    assert office.tree.head() == TreeHead(len(leaves), root(leaves))
    assert stored_tiles(office) == tiled(leaves)


def test_every_event_becomes_a_leaf_in_its_place(office: Office) -> None:
    office.fill(130)
    assert office.sealer().step() == 130
    insist_on_whole_tree(office)
    office.fill(400)
    sealer = office.sealer(batch=90)
    assert [sealer.step() for _ in range(6)] == [90, 90, 90, 90, 40, 0]
    insist_on_whole_tree(office)


def test_two_sealers_at_once_seal_nothing_twice(office: Office) -> None:
    office.fill(300)

    def seal(_: int) -> int:
        sealer, total = office.sealer(batch=7), 0
        while office.tree.head().size < 300:
            total += sealer.step()
        return total

    with ThreadPoolExecutor(3) as pool:
        assert sum(pool.map(seal, range(3))) == 300
    insist_on_whole_tree(office)


_IN_THE_MIDDLE = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE wait_event_type = 'Lock' AND query LIKE '%INSERT INTO ledger.tiles%'
    AND datname = current_database() AND pid <> pg_backend_pid()
"""


def test_a_sealer_killed_in_the_middle_leaves_nothing_half_done(office: Office) -> None:
    """Its session is cut off between the head and the tiles; it begins anew on another."""
    office.fill(300)
    with ThreadPoolExecutor(1) as pool, connect(office.database.conninfo) as owner:
        owner.execute("LOCK TABLE ledger.tiles IN SHARE MODE")
        sealed = pool.submit(office.sealer().step)
        with connect(office.database.conninfo, autocommit=True) as killer:
            while killer.execute(_IN_THE_MIDDLE).fetchone() is None:
                assert not sealed.done()
        assert office.tree.head().size == 0
        owner.rollback()
        assert sealed.result() == 300
    insist_on_whole_tree(office)


def test_a_gap_stops_the_sealer(office: Office) -> None:
    office.fill(5)
    office.tamper("DELETE FROM ledger.events WHERE ledger_seq = 3")
    with pytest.raises(LogNotContiguous, match="no event 3"):
        office.sealer().step()
    assert office.tree.head().size == 0


@pytest.mark.parametrize(
    "statement",
    ["UPDATE ledger.tree SET root = sha256('mine')", "DELETE FROM ledger.tiles WHERE level = 0"],
)
def test_a_damaged_edge_stops_the_sealer(office: Office, statement: str) -> None:
    office.fill(5)
    office.sealer().step()
    office.tamper(statement)
    office.fill(5)
    with pytest.raises(TreeDamaged):
        office.sealer().step()


class TestCheckpoints:
    def test_are_signed_over_the_tree(self, office: Office) -> None:
        office.fill(9)
        found = office.seal_and_sign()
        assert (found.size, found.root) == (9, root(leaves_of(office)))
        assert found.origin == "ledger.example/log"
        key = office.signer.verifier_key()
        assert check_signature(found, [key]) == key

    def test_are_signed_once_for_a_size(self, office: Office) -> None:
        assert office.checkpoint_signer.step() == 0
        office.fill(9)
        office.sealer().seal_all()
        twin = CheckpointSigner(
            office.tree,
            office.checkpoints,
            office.signer,
            cadence=Cadence(events=1, every=timedelta(days=1)),
            now=lambda: NOW,
        )
        assert (office.checkpoint_signer.step(), twin.step()) == (1, 0)
        assert not office.checkpoint_signer.sign()
        assert len(office.checkpoints.after(0, limit=9)) == 1

    @pytest.mark.parametrize(
        ("events", "days", "due"), [(3, 400_000, True), (4, 400_000, False), (4, -400_000, True)]
    )
    def test_are_due_after_events_or_time(
        self, office: Office, events: int, days: int, *, due: bool
    ) -> None:
        office.fill(5)
        office.seal_and_sign()
        office.fill(3)
        office.sealer().seal_all()
        signer = CheckpointSigner(
            office.tree,
            office.checkpoints,
            office.signer,
            cadence=Cadence(events=events, every=timedelta(days=days)),
            now=lambda: NOW,
        )
        assert signer.step() == due

    def test_are_not_signed_over_another_history(self, office: Office) -> None:
        office.fill(9)
        office.seal_and_sign()
        office.fill(9)
        office.sealer().seal_all()
        office.tamper("UPDATE ledger.tiles SET hashes = overlay(hashes PLACING 'x' FROM 9)")
        with pytest.raises(TreeDamaged, match="does not continue"):
            office.checkpoint_signer.sign()

    def test_are_not_signed_after_one_that_somebody_else_wrote(self, office: Office) -> None:
        office.fill(9)
        office.seal_and_sign()
        office.fill(1)
        office.sealer().seal_all()
        office.tamper("UPDATE ledger.checkpoints SET note = replace(note, '=', 'A')")
        with pytest.raises(TreeDamaged):
            office.checkpoint_signer.sign()

    def test_are_not_signed_below_what_this_process_signed(self, office: Office) -> None:
        office.fill(9)
        office.seal_and_sign()
        office.tamper(
            "DELETE FROM ledger.checkpoints",
            "DELETE FROM ledger.tiles",
            "UPDATE ledger.tree SET size = 0, root = sha256('')",
            "DELETE FROM ledger.events WHERE ledger_seq > 5",
            "UPDATE ledger.head SET last_seq = 5",
        )
        office.sealer().seal_all()
        with pytest.raises(TreeDamaged):
            office.checkpoint_signer.sign()


class TestProver:
    def test_proves_every_event(self, office: Office) -> None:
        office.fill(300)
        top = office.seal_and_sign()
        prover = Prover(office.log, office.tree, office.checkpoints)
        for seq in (1, 2, 255, 256, 257, 299, 300):
            proof = prover.event(seq)
            check_inclusion(leaf_hash(proof.entry), seq - 1, top.size, proof.path, top.root)
            proof.check([office.signer.verifier_key()])

    def test_proves_that_one_tree_continues_another(self, office: Office) -> None:
        office.fill(20)
        before = office.seal_and_sign()
        office.fill(300)
        after = office.seal_and_sign()
        found = Prover(office.log, office.tree, office.checkpoints).consistency(20, 320)
        assert (found.first_root, found.second_root) == (before.root, after.root)
        check_consistency(20, 320, found.path, before.root, after.root)

    def test_refuses_what_cannot_be_proved(self, office: Office) -> None:
        prover = Prover(office.log, office.tree, office.checkpoints)
        with pytest.raises(StreamNotFound):
            prover.event(1)
        office.fill(5)
        with pytest.raises(CheckpointMissing):
            prover.event(1)
        office.seal_and_sign()
        office.fill(5)
        with pytest.raises(EventNotCovered):
            prover.event(6)
        for first, second in ((3, 2), (0, 6), (-1, 3)):
            with pytest.raises(TreeSizeRefused):
                prover.consistency(first, second)
        office.tamper("DELETE FROM ledger.events WHERE ledger_seq = 3")
        with pytest.raises(TreeDamaged, match="Event 3 was sealed, and the log holds it no more"):
            prover.event(3)
        office.tamper("UPDATE ledger.events SET actor = 'admin:2' WHERE ledger_seq = 2")
        with pytest.raises(TreeDamaged, match="Event 2 cannot be proved"):
            prover.event(2)
        office.tamper("DELETE FROM ledger.tiles")
        with pytest.raises(TreeDamaged):
            prover.consistency(1, 5)

    def test_notices_a_checkpoint_of_another_tree(self, office: Office) -> None:
        office.fill(5)
        top = office.seal_and_sign()
        office.tamper("UPDATE ledger.tiles SET hashes = overlay(hashes PLACING 'x' FROM 9)")
        prover = Prover(office.log, office.tree, office.checkpoints)
        with pytest.raises(TreeDamaged):
            prover.event(top.size)


class TestRights:
    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE ledger.tiles SET hashes = overlay(hashes PLACING 'x' FROM 9)",
            "UPDATE ledger.tiles SET hashes = substr(hashes, 1, 32)",
            "UPDATE ledger.tree SET size = 1",
            "UPDATE ledger.checkpoints SET place = 'again'",
        ],
    )
    def test_the_keeper_changes_nothing_that_is_there(self, office: Office, statement: str) -> None:
        office.fill(5)
        office.seal_and_sign()
        office.checkpoints.delivered(5, place="there")
        with acting_as("dynasty_keeper", office.database) as session:
            with pytest.raises(DatabaseError, match="stays as it is") as refusal:
                session.execute(statement.encode())
            assert refusal.value.sqlstate == "LK002"

    @pytest.mark.parametrize("table", ["tree", "tiles", "checkpoints"])
    @pytest.mark.parametrize("verb", ["DELETE FROM", "TRUNCATE"])
    def test_nothing_is_taken_away(self, database: Database, table: str, verb: str) -> None:
        with connect(database.conninfo) as session:
            session.execute("SET session_replication_role = replica")
            with pytest.raises(DatabaseError, match="only ever added to"):
                session.execute(f"{verb} ledger.{table}".encode())

    @pytest.mark.parametrize("role", ["dynasty_writer", "dynasty_projector", "dynasty_reader"])
    def test_others_do_not_write(self, database: Database, role: Role) -> None:
        with acting_as(role, database) as session, pytest.raises(InsufficientPrivilege):
            session.execute("UPDATE ledger.tree SET size = 1")

    def test_the_keeper_does_not_write_the_log(self, database: Database) -> None:
        with (
            acting_as("dynasty_keeper", database) as session,
            pytest.raises(InsufficientPrivilege),
        ):
            session.execute("UPDATE ledger.events SET actor = 'me'")


def acting_as(role: Role, database: Database) -> Connection[TupleRow]:
    return connect(session_conninfo(database.url, role=role, application="test"))
