"""What an event must be, asked by the function that writes events."""

from uuid import UUID

import pytest
from psycopg import connect

from application.context import NOBODY
from infrastructure.event_store.errors import NotRecordable
from infrastructure.event_store.ledger import EventSourcedLedger
from infrastructure.event_store.log import PostgresLog
from infrastructure.event_store.packing import Append
from infrastructure.event_store.stored import StoredFact
from tests.support.postgres import Database

LONGEST = 1_048_576
STREAM = UUID(int=7)
FINE = {"topic": "tally.counted", "state": b"{}", "actor": "ann"}


def append(ledger: EventSourcedLedger, *, topic: str, state: bytes, actor: str) -> range:
    fact = StoredFact(originator_id=STREAM, originator_version=1, topic=topic, state=state)
    context = type(NOBODY)(actor=actor)
    return ledger.recorder.append(Append(facts=[fact], context=context))


@pytest.mark.parametrize(
    "fault",
    [
        {"state": b"x" * (LONGEST + 1)},
        # 1,048,577 bytes of fewer characters: bytes count.
        {"state": ("ü" * (LONGEST // 2) + "x").encode()},
        {"topic": ""},
        {"actor": ""},
    ],
    ids=["too long", "too many bytes", "no type", "no actor"],
)
def test_what_no_event_may_be_is_refused_by_name_and_changes_nothing(
    ledger: EventSourcedLedger, log: PostgresLog, fault: dict[str, object]
) -> None:
    with pytest.raises(NotRecordable) as refused:
        append(ledger, **{**FINE, **fault})  # type: ignore[arg-type]
    assert refused.value.facts["constraint"] == "events_limits"
    assert "has a type, an actor, and a payload of at most 1048576 bytes" in str(refused.value)
    assert log.head() == 0
    assert append(ledger, **FINE) == range(1, 2)  # type: ignore[arg-type]


def test_the_longest_payload_is_taken(ledger: EventSourcedLedger) -> None:
    assert append(ledger, topic="t", state=b"x" * LONGEST, actor="ann") == range(1, 2)


@pytest.mark.usefixtures("ledger")
def test_no_table_of_events_asks_it_a_second_time(database: Database) -> None:
    with connect(database.conninfo) as owner:
        owner.execute("SELECT ledger.make_partition()")
        found = owner.execute(
            "SELECT conrelid::regclass::text FROM pg_constraint"
            " WHERE contype = 'c' AND conrelid::regclass::text LIKE 'ledger.events%'"
        ).fetchall()
    assert found == []
