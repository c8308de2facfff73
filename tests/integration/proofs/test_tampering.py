"""Whatever the owner of the database changes is found, and named."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest

from application.log import LogSelection
from application.proofs.checking import Evidence, verify_log
from application.proofs.findings import Finding, Verification
from application.proofs.ports import TreeHead
from application.proofs.sealing import leaf_of
from application.proofs.tiles import grown, root_of
from application.proofs.verifying import Checkpoint, read_checkpoint
from tests.integration.proofs.office import Office, office_on
from tests.support.postgres import Database, cluster

FIRST, SECOND = UUID(int=11), UUID(int=12)
EVENTS = 600
AWAY = 5000
COLUMNS = (
    "stream_id, stream_version, event_id, event_type, schema_version, payload, actor,"
    " correlation_id, causation_id, request_id, reason, effective_at, recorded_at"
)


def renumbered(condition: str, by: int) -> list[str]:
    """In two steps, so that no number is there twice in between."""
    return [
        f"UPDATE ledger.events SET ledger_seq = ledger_seq + {AWAY} WHERE {condition}",
        f"UPDATE ledger.events SET ledger_seq = ledger_seq + {by - AWAY} WHERE ledger_seq > {AWAY}",
    ]


def inserted_at(seq: int) -> str:
    return (
        f"INSERT INTO ledger.events (ledger_seq, {COLUMNS}) SELECT {seq}, gen_random_uuid(), 1,"
        " gen_random_uuid(), event_type, schema_version, payload, actor, correlation_id,"
        " causation_id, request_id, reason, effective_at, recorded_at FROM ledger.events"
        " WHERE ledger_seq = 1"
    )


def named(found: Verification) -> list[tuple[str, int | None]]:
    return [(each.kind, each.ledger_seq) for each in found.findings]


@pytest.fixture(scope="module")
def template(module_database: Database, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six hundred events of two accounts, with a checkpoint after each half; where its key is."""
    directory = tmp_path_factory.mktemp("key")
    with office_on(module_database, directory) as office:
        for account in (FIRST, SECOND):
            office.fill(EVENTS // 2, account)
            office.seal_and_sign()
    return directory


@pytest.fixture
def sealed(module_database: Database, template: Path) -> Iterator[Office]:
    """A copy of it for the test."""
    with (
        cluster().lent(lambda server: server.copied(module_database)) as database,
        office_on(database, template) as office,
    ):
        yield office


def test_a_log_that_nobody_changed_is_sound(sealed: Office) -> None:
    found = sealed.verify()
    assert found.findings == ()
    assert (found.events, found.tree_size, found.unsealed) == (EVENTS, EVENTS, 0)
    assert (found.checkpoints, found.agreed_size, found.differs_size) == (2, EVENTS, None)
    assert found.root == sealed.tree.head().root


def test_what_is_not_sealed_yet_is_no_fault(sealed: Office) -> None:
    sealed.fill(3)
    found = sealed.verify()
    assert (found.findings, found.unsealed) == ((), 3)


def test_what_is_signed_while_the_log_is_read_is_no_fault(sealed: Office) -> None:
    grown: list[Checkpoint] = []

    def grow(_: int) -> None:
        if not grown:
            sealed.fill(300)
            grown.append(sealed.seal_and_sign())

    evidence = Evidence(keys=[sealed.signer.verifier_key()])
    found = verify_log(sealed.log, sealed.tree, sealed.checkpoints, evidence, progress=grow)
    assert (found.findings, found.tree_size, found.agreed_size) == ((), EVENTS, EVENTS)
    assert sealed.verify(*grown).findings == ()


@pytest.mark.parametrize(
    "change",
    [
        "payload = replace(payload, '1', '7')",
        "actor = 'admin:2'",
        "recorded_at = recorded_at + interval '1 microsecond'",
        "effective_at = effective_at - interval '1 day'",
        "reason = 'as agreed'",
        "request_id = ''",
        "event_id = gen_random_uuid()",
        "schema_version = 2",
        "stream_version = stream_version + 1000",
    ],
)
def test_an_altered_row_is_named(sealed: Office, change: str) -> None:
    sealed.tamper(f"UPDATE ledger.events SET {change} WHERE ledger_seq IN (1, 257)")
    found = sealed.verify()
    assert named(found) == [("altered", 1), ("altered", 257)]
    assert {each.stream_id for each in found.findings} == {FIRST}
    assert str(FIRST) in found.findings[0].sentence
    assert found.agreed_size == EVENTS


@pytest.mark.parametrize("seq", [1, 256, 300, EVENTS])
def test_a_removed_row_is_named(sealed: Office, seq: int) -> None:
    sealed.tamper(f"DELETE FROM ledger.events WHERE ledger_seq = {seq}")
    assert named(sealed.verify()) == [("removed", seq)]


@pytest.mark.parametrize("seq", [1, 256, 300])
def test_a_removed_row_is_named_though_the_rest_was_renumbered(sealed: Office, seq: int) -> None:
    sealed.tamper(
        f"DELETE FROM ledger.events WHERE ledger_seq = {seq}",
        *renumbered(f"ledger_seq > {seq}", -1),
        "UPDATE ledger.head SET last_seq = last_seq - 1",
    )
    found = sealed.verify()
    assert named(found) == [("removed", seq)]
    assert "renumbered" in found.findings[0].sentence


@pytest.mark.parametrize("seq", [1, 256, 300, EVENTS])
def test_an_inserted_row_is_named(sealed: Office, seq: int) -> None:
    sealed.tamper(
        *renumbered(f"ledger_seq >= {seq}", 1),
        inserted_at(seq).replace("= 1", f"= {2 if seq == 1 else 1}"),
        "UPDATE ledger.head SET last_seq = last_seq + 1",
    )
    found = sealed.verify()
    assert named(found) == [("inserted", seq)]
    assert found.unsealed == 0


def test_all_of_it_at_once_is_named(sealed: Office) -> None:
    sealed.tamper(
        "DELETE FROM ledger.events WHERE ledger_seq BETWEEN 10 AND 12",
        "UPDATE ledger.events SET actor = 'admin:2' WHERE ledger_seq = 100",
        *renumbered("ledger_seq >= 200", 1),
        inserted_at(200),
        "UPDATE ledger.head SET last_seq = last_seq + 1",
    )
    assert named(sealed.verify()) == [
        ("removed", 10), ("removed", 11), ("removed", 12), ("altered", 100), ("inserted", 200),
    ]  # fmt: skip


def test_two_rows_in_each_others_place_are_named(sealed: Office) -> None:
    sealed.tamper(
        "UPDATE ledger.events SET ledger_seq = 5020 WHERE ledger_seq = 20",
        "UPDATE ledger.events SET ledger_seq = 20 WHERE ledger_seq = 21",
        "UPDATE ledger.events SET ledger_seq = 21 WHERE ledger_seq = 5020",
    )
    assert named(sealed.verify()) == [("altered", 20), ("altered", 21)]


def test_events_taken_out_before_they_were_sealed_are_named(sealed: Office) -> None:
    sealed.fill(5)
    sealed.tamper(f"DELETE FROM ledger.events WHERE ledger_seq IN ({EVENTS + 2}, {EVENTS + 5})")
    assert named(sealed.verify()) == [("removed", EVENTS + 2), ("removed", EVENTS + 5)]


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (
            "UPDATE ledger.tiles SET hashes = overlay(hashes PLACING 'x' FROM 9) WHERE level = 1",
            "tile 0 of level 1 does not follow",
        ),
        ("DELETE FROM ledger.tiles WHERE level = 0 AND index = 1", "tile 1 of level 0 holds 0 of"),
        ("UPDATE ledger.tree SET root = sha256('mine')", "do not lead to the root"),
        ("UPDATE ledger.checkpoints SET root = sha256('mine') WHERE size = 300", "another tree"),
        ("UPDATE ledger.checkpoints SET note = 'mine' WHERE size = 300", "not a signed note"),
        (
            "UPDATE ledger.checkpoints SET note = replace(note, '\u2014 l', '\u2014 m')",
            "not signed by a key",
        ),
    ],
)
def test_a_tree_or_checkpoint_that_was_changed_is_named(
    sealed: Office, statement: str, said: str
) -> None:
    sealed.tamper(statement)
    found = sealed.verify()
    assert found.finding_count >= 1
    assert said in found.findings[0].sentence
    assert found.findings[0].kind in ("tree", "checkpoint")


def rewrite(office: Office, change: str) -> None:
    """Change rows, and make the whole tree anew from them."""
    office.tamper(change)
    rows = list(office.log.stream(LogSelection()))
    tiles = grown(0, {}, [leaf_of(each) for each in rows])
    head = TreeHead(len(rows), root_of(len(rows), lambda _: tiles))
    office.tamper(
        "DELETE FROM ledger.tiles",
        *(
            f"INSERT INTO ledger.tiles VALUES ({at.level}, {at.number}, '\\x{hashes.hex()}')"
            for at, hashes in tiles.items()
        ),
        f"UPDATE ledger.tree SET size = {head.size}, root = '\\x{head.root.hex()}'",
    )


def test_rows_and_tree_rewritten_are_found_by_the_signed_checkpoints(sealed: Office) -> None:
    rewrite(sealed, "UPDATE ledger.events SET actor = 'admin:2' WHERE ledger_seq = 400")
    (finding,) = sealed.verify().findings
    assert finding == Finding(
        kind="checkpoint",
        sentence="the checkpoint of the database for 600 events has another root: events 301 to"
        " 600 are in doubt",
    )


def test_all_rewritten_and_signed_again_is_found_by_checkpoints_from_elsewhere(
    sealed: Office,
) -> None:
    kept = [each.note for each in sealed.checkpoints.after(0, limit=9)]
    rewrite(sealed, "UPDATE ledger.events SET actor = 'admin:2' WHERE ledger_seq = 400")
    sealed.tamper("DELETE FROM ledger.checkpoints")
    forger = Office(sealed.database, sealed.pool, sealed.log, sealed.key)
    forger.seal_and_sign()
    assert sealed.verify().findings == ()
    found = sealed.verify(*map(read_checkpoint, kept))
    assert (found.agreed_size, found.differs_size, found.outside) == (300, 600, 2)
    assert "from elsewhere for 600 events has another root: events 301 to 600" in (
        found.findings[0].sentence
    )


def test_a_log_that_was_cut_short_is_found_by_a_checkpoint_from_elsewhere(sealed: Office) -> None:
    kept = [each.note for each in sealed.checkpoints.after(0, limit=9)]
    sealed.tamper(
        "DELETE FROM ledger.checkpoints WHERE size > 300",
        "UPDATE ledger.head SET last_seq = 300",
    )
    rewrite(sealed, "DELETE FROM ledger.events WHERE ledger_seq > 300")
    assert sealed.verify().findings == ()
    (finding,) = sealed.verify(*map(read_checkpoint, kept)).findings
    assert finding.sentence.endswith(
        "for 600 events was signed, and the tree holds 300 now; up to 300 all agree"
    )


def test_a_thousand_altered_rows_are_counted_and_a_hundred_named(office: Office) -> None:
    office.fill(1000)
    office.seal_and_sign()
    office.tamper("UPDATE ledger.events SET actor = 'admin:2'")
    found = office.verify()
    assert (len(found.findings), found.finding_count) == (100, 1000)
