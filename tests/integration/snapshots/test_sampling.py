"""A snapshot that is not what its events make is found, told, and no other of its code is used."""

from collections.abc import Iterator
from uuid import UUID

import pytest
from psycopg import Connection
from psycopg.rows import TupleRow

from domain.accounts.account import TradingAccount
from domain.money import USD
from infrastructure.event_store.ledger import EventSourcedLedger, open_ledger
from infrastructure.postgres.pools import Pool
from infrastructure.snapshots import sampling
from infrastructure.snapshots.code_hash import code_hash
from infrastructure.snapshots.errors import SnapshotCodeUnknown, SnapshotMissing, SnapshotWrong
from infrastructure.snapshots.keeping import SnapshotKeeping
from infrastructure.snapshots.reading import SnapshotReader
from infrastructure.snapshots.sampling import check
from infrastructure.snapshots.stream import replayed
from tests.integration.snapshots.long import (
    CHOOSE,
    forge,
    grown,
    is_as_read_whole,
    kept,
    long_account,
    sampler,
    take_all,
    ticking,
    write,
)
from tests.support.postgres import Database

SEVEN = UUID(int=7)


@pytest.fixture
def account_id(ledger: EventSourcedLedger, keeper: Pool) -> UUID:
    taken = long_account(ledger)
    take_all(keeper)
    return taken


@pytest.fixture
def fresh(database: Database) -> Iterator[EventSourcedLedger]:
    another = open_ledger(database.conninfo, pool_size=2)
    another.snapshots = SnapshotReader(another.recorder.pool, now_ns=ticking())
    yield another
    another.close()


def figures(keeper: Pool) -> tuple[int, int, int, bool]:
    (found,) = SnapshotKeeping(keeper).figures()
    return found.checked, found.wrong, found.unreadable, found.distrusted_at is not None


def test_what_is_right_is_counted(
    account_id: UUID, keeper: Pool, superuser: Connection[TupleRow]
) -> None:
    assert sampler(keeper).step() == 1
    assert figures(keeper) == (1, 0, 0, False)
    ((checked_at,),) = superuser.execute("SELECT checked_at FROM work.snapshots").fetchall()
    assert checked_at is not None


def test_a_forged_one_is_found_and_told(
    account_id: UUID,
    keeper: Pool,
    superuser: Connection[TupleRow],
    caplog: pytest.LogCaptureFixture,
) -> None:
    forge(superuser, account_id, units=1)
    one = sampler(keeper)
    with pytest.raises(SnapshotWrong, match=r"state\.balance") as refusal:
        one.step()
    assert refusal.value.facts["version"] == 25
    assert "snapshot-wrong" in caplog.text
    assert kept(superuser) == []
    assert figures(keeper) == (1, 1, 0, True)
    (fault,) = SnapshotKeeping(keeper).faults()
    assert (fault.stream_id, fault.version, fault.ledger_seq) == (account_id, 25, 25)
    assert (fault.kind, fault.differs) == ("wrong", "state.balance")
    assert one.step() == 0, "told once"


def test_one_made_from_a_forged_one_is_found_as_well(
    account_id: UUID, ledger: EventSourcedLedger, keeper: Pool, superuser: Connection[TupleRow]
) -> None:
    forge(superuser, account_id, units=1)
    grown(ledger, account_id, 20)
    take_all(keeper)
    assert kept(superuser) == [(account_id, 45)]
    with pytest.raises(SnapshotWrong):
        sampler(keeper).step()


def test_after_one_wrong_snapshot_none_of_its_code_is_used(
    account_id: UUID,
    ledger: EventSourcedLedger,
    fresh: EventSourcedLedger,
    keeper: Pool,
    superuser: Connection[TupleRow],
) -> None:
    other = long_account(ledger, 9)
    take_all(keeper)
    forge(superuser, other, units=1)
    assert check(keeper, other) is not None
    assert kept(superuser) == [(account_id, 25)]
    forge(superuser, account_id, units=1)
    assert is_as_read_whole(fresh, account_id)


def test_a_process_forgets_what_it_made_from_snapshots_when_one_was_wrong(
    account_id: UUID, fresh: EventSourcedLedger, keeper: Pool, superuser: Connection[TupleRow]
) -> None:
    forge(superuser, account_id, units=10_000)
    assert fresh.load(TradingAccount, account_id).state.balance == USD.of("50025.00")
    assert not is_as_read_whole(fresh, account_id)
    check(keeper, account_id)
    assert is_as_read_whole(fresh, account_id)


def test_it_forgets_them_even_if_a_person_was_quicker(
    account_id: UUID, fresh: EventSourcedLedger, keeper: Pool, superuser: Connection[TupleRow]
) -> None:
    forge(superuser, account_id, units=10_000)
    assert not is_as_read_whole(fresh, account_id)
    check(keeper, account_id)
    SnapshotKeeping(keeper).drop_code(code_hash(), by="somebody", reason="a test")
    assert is_as_read_whole(fresh, account_id)


def test_a_person_clears_it_and_all_are_taken_anew(
    account_id: UUID,
    ledger: EventSourcedLedger,
    fresh: EventSourcedLedger,
    keeper: Pool,
    superuser: Connection[TupleRow],
) -> None:
    other, keeping = long_account(ledger, 9), SnapshotKeeping(keeper)
    take_all(keeper)
    forge(superuser, other, units=1)
    check(keeper, other)
    assert take_all(keeper) == 0
    assert keeping.drop_code(code_hash(), by="somebody", reason="a disk was bad") == 1
    (found,) = keeping.figures()
    assert (found.distrusted_at, found.cleared_by) == (None, "somebody")
    assert (found.cleared_reason, found.wrong, found.swept) == ("a disk was bad", 1, False)
    assert take_all(keeper) == 2
    assert is_as_read_whole(fresh, account_id)
    assert fresh.snapshots is not None
    assert fresh.snapshots.counts.from_snapshot == 1
    assert [each.verdict for each in keeping.verify_all()] == ["right", "right"]


def test_one_that_cannot_be_read_misleads_nobody(
    account_id: UUID, keeper: Pool, superuser: Connection[TupleRow]
) -> None:
    write(superuser, account_id, b"junk", digest="0" * 64)
    assert sampler(keeper).step() == 1
    assert kept(superuser) == []
    assert figures(keeper) == (1, 0, 1, False)
    assert [each.kind for each in SnapshotKeeping(keeper).faults()] == ["unreadable"]


def test_one_of_events_that_are_not_there_is_wrong(
    account_id: UUID, keeper: Pool, superuser: Connection[TupleRow]
) -> None:
    superuser.execute(
        "UPDATE work.snapshots SET version = 26, state = convert_to(replace(convert_from("
        "state, 'UTF8'), '\"version\":25', '\"version\":26'), 'UTF8')"
    )
    superuser.execute("UPDATE work.snapshots SET digest = encode(sha256(state), 'hex')")
    with pytest.raises(SnapshotWrong):
        sampler(keeper).step()


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM ledger.events WHERE ledger_seq < 5",
        "DELETE FROM ledger.events",
        "UPDATE ledger.events SET payload = '{}' WHERE ledger_seq = 5",
    ],
)
def test_one_whose_stream_cannot_be_replayed_is_passed_over(
    account_id: UUID, keeper: Pool, superuser: Connection[TupleRow], change: str
) -> None:
    for table in ("events", "events_p1"):
        superuser.execute(f"ALTER TABLE ledger.{table} DISABLE TRIGGER USER".encode())
    superuser.execute(change.encode())
    one = sampler(keeper)
    assert [one.step(), one.step()] == [1, 0], "it is not tried at once again"
    assert kept(superuser) == [(account_id, 25)]
    assert figures(keeper) == (0, 0, 0, False)
    assert SnapshotKeeping(keeper).verify_account(account_id).verdict == "unknown"


def test_one_that_is_replaced_while_it_is_checked_is_not_judged(
    account_id: UUID,
    ledger: EventSourcedLedger,
    keeper: Pool,
    superuser: Connection[TupleRow],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    forge(superuser, account_id, units=1)

    def slowly(pool: Pool, stream_id: UUID, *, version: int) -> TradingAccount | None:
        superuser.execute("DELETE FROM work.snapshots")
        take_all(pool, every=1)
        return replayed(pool, stream_id, version=version)

    monkeypatch.setattr(sampling, "replayed", slowly)
    found = check(keeper, account_id)
    assert found is not None
    assert found.verdict == "gone"
    assert figures(keeper) == (0, 0, 0, False)


def test_so_many_are_checked_a_day(
    account_id: UUID, keeper: Pool, superuser: Connection[TupleRow]
) -> None:
    one = sampler(keeper, percent_a_day=50)
    assert [one.step(), one.step()] == [1, 0]
    for hours, due in ((47, 0), (49, 1)):
        superuser.execute(
            "UPDATE work.snapshot_codes SET last_checked_at = now() - make_interval(hours => %s)",
            (hours,),
        )
        assert one.step() == due


def test_which_one_is_a_matter_of_chance(
    ledger: EventSourcedLedger, keeper: Pool, superuser: Connection[TupleRow]
) -> None:
    for number in range(1, 9):
        long_account(ledger, number, events=10)
    take_all(keeper)
    keeping = SnapshotKeeping(keeper)
    some = [each.account_id for each in keeping.verify_some(24, choose=CHOOSE)]
    assert len(some) == 24
    assert len(set(some)) > 4
    assert figures(keeper) == (24, 0, 0, False)


def test_without_snapshots_there_is_nothing_to_do(keeper: Pool) -> None:
    assert sampler(keeper).step() == 0
    keeping = SnapshotKeeping(keeper)
    assert list(keeping.verify_all()) == list(keeping.verify_some(3, choose=CHOOSE)) == []
    for refused in (keeping.verify_account, keeping.drop_account):
        with pytest.raises(SnapshotMissing, match="has no snapshot"):
            refused(SEVEN)
    with pytest.raises(SnapshotCodeUnknown, match="No snapshot was taken"):
        keeping.drop_code("0" * 64, by="somebody", reason="a test")


def test_one_account_is_dropped_alone(
    account_id: UUID, ledger: EventSourcedLedger, keeper: Pool, superuser: Connection[TupleRow]
) -> None:
    long_account(ledger, 9)
    take_all(keeper)
    assert SnapshotKeeping(keeper).drop_account(account_id) == 1
    assert kept(superuser) == [(UUID(int=9), 25)]


def test_no_more_faults_are_kept_than_the_limit(
    account_id: UUID,
    keeper: Pool,
    superuser: Connection[TupleRow],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sampling, "FAULTS_KEPT", 2)
    for _ in range(4):
        write(superuser, account_id, b"junk", digest="0" * 64)
        check(keeper, account_id)
        superuser.execute("UPDATE work.snapshot_codes SET position = 0")
        take_all(keeper)
    assert len(SnapshotKeeping(keeper).faults()) == 2
