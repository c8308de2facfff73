"""Snapshots are taken of what has grown, once, whoever takes them and whatever happens."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
from psycopg import Connection
from psycopg.rows import TupleRow

from application.errors import LedgerUnavailable
from infrastructure.event_store.ledger import EventSourcedLedger
from infrastructure.postgres.pools import Pool
from infrastructure.snapshots import taking
from infrastructure.snapshots.code_hash import code_hash
from infrastructure.snapshots.reading import Loaded
from tests.integration.event_store.tally import Tally
from tests.integration.snapshots.long import (
    forge,
    grown,
    kept,
    long_account,
    take_all,
    taker,
    ticking,
    write,
)

SEVEN, EIGHT, NINE = (UUID(int=number) for number in (7, 8, 9))
OTHER = "a" * 64


def position(superuser: Connection[TupleRow], code: str | None = None) -> int:
    query = "SELECT position FROM work.snapshot_codes WHERE code_hash = %s"
    ((found,),) = superuser.execute(query, (code or code_hash(),)).fetchall()
    return int(found)


def follow(superuser: Connection[TupleRow]) -> None:
    """As if this code had gone through all streams when there were none."""
    superuser.execute(
        "INSERT INTO work.snapshot_codes (code_hash, position, swept_to) VALUES (%s, 0, NULL)",
        (code_hash(),),
    )


def test_an_account_is_taken_again_when_it_has_grown_enough(
    ledger: EventSourcedLedger, keeper: Pool, superuser: Connection[TupleRow]
) -> None:
    long_account(ledger, 7, events=9)
    long_account(ledger, 8, events=10)
    assert take_all(keeper) == 1
    assert kept(superuser) == [(EIGHT, 10)]
    grown(ledger, SEVEN, 1)
    grown(ledger, EIGHT, 9)
    assert take_all(keeper) == 1
    assert kept(superuser) == [(SEVEN, 10), (EIGHT, 10)]
    grown(ledger, EIGHT, 1)
    assert take_all(keeper) == 1
    assert kept(superuser) == [(SEVEN, 10), (EIGHT, 20)]
    assert position(superuser) == 30


def test_what_was_taken_is_not_taken_again(
    ledger: EventSourcedLedger, keeper: Pool, superuser: Connection[TupleRow]
) -> None:
    long_account(ledger)
    assert take_all(keeper) == 1
    superuser.execute("UPDATE work.snapshot_codes SET position = 0, swept_to = %s", (UUID(int=0),))
    assert take_all(keeper) == 0
    assert kept(superuser) == [(SEVEN, 25)]


@pytest.mark.parametrize("begins", [follow, bool], ids=["following", "sweeping"])
def test_streams_of_other_kinds_are_left_alone(
    ledger: EventSourcedLedger,
    keeper: Pool,
    superuser: Connection[TupleRow],
    caplog: pytest.LogCaptureFixture,
    begins: Callable[[Connection[TupleRow]], object],
) -> None:
    tally = Tally.of("sheep")
    for _ in range(20):
        tally.count(1)
    ledger.save(tally)
    begins(superuser)
    assert take_all(keeper) == 0
    assert position(superuser) == 21
    assert caplog.text == ""


def test_the_position_waits_until_all_up_to_it_is_taken(
    ledger: EventSourcedLedger, keeper: Pool, superuser: Connection[TupleRow]
) -> None:
    for number in (7, 8, 9):
        long_account(ledger, number, events=10)
    follow(superuser)
    one = taker(keeper, taken_max=1)
    assert one.step() == 30
    assert (one.step(), one.step()) == (1, 1)
    assert len(kept(superuser)) == 2
    assert position(superuser) == 0
    assert take_all(keeper, taken_max=1) == 1, "whoever comes after a kill takes the rest"
    assert position(superuser) == 30
    assert one.step() == 1, "the one that was thought dead goes on and does no harm"
    assert kept(superuser) == [(SEVEN, 10), (EIGHT, 10), (NINE, 10)]


def test_the_log_is_looked_through_in_pieces(
    ledger: EventSourcedLedger, keeper: Pool, superuser: Connection[TupleRow]
) -> None:
    long_account(ledger, 7, events=25)
    long_account(ledger, 8, events=12)
    follow(superuser)
    assert take_all(keeper, window=4) == 2
    assert kept(superuser) == [(SEVEN, 25), (EIGHT, 12)]


def test_new_code_goes_through_all_streams_and_then_follows(
    ledger: EventSourcedLedger, keeper: Pool, superuser: Connection[TupleRow]
) -> None:
    for number in range(1, 8):
        long_account(ledger, number, events=10 if number % 2 else 9)
    one = taker(keeper, window=3)
    assert one.step() == 3
    grown(ledger, UUID(int=2), 1)
    while one.step():
        pass
    assert [stream.int for stream, _ in kept(superuser)] == [1, 2, 3, 5, 7]
    assert position(superuser) == 68
    (swept,) = superuser.execute("SELECT swept_to FROM work.snapshot_codes").fetchall()
    assert swept == (None,)


def test_two_at_once_take_each_once(
    ledger: EventSourcedLedger, keeper: Pool, superuser: Connection[TupleRow]
) -> None:
    for number in range(20):
        long_account(ledger, number + 1, events=12)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: take_all(keeper, taken_max=3), range(2)))
    assert len(kept(superuser)) == 20
    assert position(superuser) == 240


def test_an_older_snapshot_never_takes_the_place_of_a_newer_one(
    ledger: EventSourcedLedger,
    keeper: Pool,
    superuser: Connection[TupleRow],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    long_account(ledger)
    late, put = taker(keeper), taking.SnapshotTaker._put

    def overtaken(self: taking.SnapshotTaker, account_id: UUID, loaded: Loaded) -> None:
        if self is late:
            grown(ledger, SEVEN, 10)
            take_all(keeper)
        put(self, account_id, loaded)

    monkeypatch.setattr(taking.SnapshotTaker, "_put", overtaken)
    late.step()
    late.step()
    assert kept(superuser) == [(SEVEN, 35)]


def test_one_that_cannot_be_read_makes_way(
    ledger: EventSourcedLedger, keeper: Pool, superuser: Connection[TupleRow]
) -> None:
    long_account(ledger)
    take_all(keeper)
    write(superuser, SEVEN, b"junk", digest="0" * 64)
    grown(ledger, SEVEN, 10)
    assert take_all(keeper) == 1
    assert kept(superuser) == [(SEVEN, 35)]


def test_an_account_that_cannot_be_folded_is_reported_and_keeps_nobody_waiting(
    ledger: EventSourcedLedger,
    keeper: Pool,
    superuser: Connection[TupleRow],
    caplog: pytest.LogCaptureFixture,
) -> None:
    long_account(ledger, 7)
    long_account(ledger, 8)
    superuser.execute(
        "ALTER TABLE ledger.events DISABLE TRIGGER USER;"
        "UPDATE ledger.events SET payload = '{}' WHERE ledger_seq = 12"
    )
    assert take_all(keeper) == 1
    assert kept(superuser) == [(EIGHT, 25)]
    assert f"No snapshot of acc_{SEVEN} can be taken" in caplog.text


def test_one_that_is_too_large_is_not_kept(
    ledger: EventSourcedLedger,
    keeper: Pool,
    superuser: Connection[TupleRow],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    long_account(ledger)
    monkeypatch.setattr(taking, "STATE_BYTES_MAX", 100)
    assert take_all(keeper) == 0
    assert kept(superuser) == []
    assert "too large" in caplog.text


def test_it_rests_for_its_share_of_the_time(
    ledger: EventSourcedLedger, keeper: Pool, superuser: Connection[TupleRow]
) -> None:
    long_account(ledger)
    follow(superuser)
    one = taker(keeper, percent=10, now_ns=ticking(1))
    steps = [one.step() for _ in range(40)]
    assert [each for each in steps if each] == [25, 1]
    assert steps[1] == 0, "nine parts of ten are rest"


def test_other_code_begins_anew_and_the_old_is_thrown_away_in_time(
    ledger: EventSourcedLedger, keeper: Pool, superuser: Connection[TupleRow]
) -> None:
    long_account(ledger)
    take_all(keeper, code=OTHER)
    take_all(keeper)
    assert kept(superuser) == [(SEVEN, 25), (SEVEN, 25)], "a release may go back"
    superuser.execute("UPDATE work.snapshot_codes SET last_seen_at = now() - interval '25 hours'")
    take_all(keeper)
    codes = superuser.execute("SELECT code_hash FROM work.snapshots").fetchall()
    assert codes == [(code_hash(),)]
    assert superuser.execute("SELECT code_hash FROM work.snapshot_codes").fetchall() == codes


def test_distrusted_code_takes_none(
    ledger: EventSourcedLedger, keeper: Pool, superuser: Connection[TupleRow]
) -> None:
    long_account(ledger)
    take_all(keeper)
    superuser.execute("UPDATE work.snapshot_codes SET distrusted_at = now()")
    grown(ledger, SEVEN, 20)
    assert take_all(keeper) == 0
    assert kept(superuser) == [(SEVEN, 25)]
    assert position(superuser) == 25


def test_what_was_made_from_one_that_is_found_wrong_is_not_kept(
    ledger: EventSourcedLedger, keeper: Pool, superuser: Connection[TupleRow]
) -> None:
    long_account(ledger)
    take_all(keeper)
    forge(superuser, SEVEN, units=7)
    grown(ledger, SEVEN, 10)
    one = taker(keeper)
    one.step()
    superuser.execute("UPDATE work.snapshot_codes SET wrong = wrong + 1")
    one.step()
    assert kept(superuser) == [(SEVEN, 25)]


def test_an_unreachable_database_is_told_and_nothing_is_lost(
    ledger: EventSourcedLedger,
    keeper: Pool,
    superuser: Connection[TupleRow],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    long_account(ledger)
    one = taker(keeper)
    one.step()
    with monkeypatch.context() as patch:

        def gone(*_: object) -> None:
            raise LedgerUnavailable("The ledger does not answer.")

        patch.setattr(taking.SnapshotTaker, "_put", gone)
        with pytest.raises(LedgerUnavailable):
            one.step()
    assert one.step() == 1
    assert kept(superuser) == [(SEVEN, 25)]
