"""How the rules engine is doing, as people who look after it read it over HTTP."""

from datetime import UTC, datetime
from typing import get_args
from uuid import UUID

import pytest
from psycopg import connect

from application.marks.mark import Mark, Refusal
from tests.api.world import World

ACCOUNT = UUID(int=5)


def noted(world: World, statement: str, *values: object) -> None:
    """Something that an instance has written down."""
    with connect(world.runtime.database_url, autocommit=True) as admin:
        admin.execute(statement.encode(), values)


@pytest.mark.parametrize("reason", get_args(Refusal))
def test_shows_refused_marks_of_every_kind(world: World, reason: Refusal) -> None:
    leases = world.runtime.leases(owner="test")
    epochs = leases.tend()
    mark = Mark(1_772_470_800_000_000, -12_500, ACCOUNT.bytes)
    world.runtime.notes.count(
        0, epochs[0], {f"{reason}-1": {reason: (3, mark)}}, at=datetime(2026, 3, 2, tzinfo=UTC)
    )
    leases.leave()
    found = world.get("/v1/rules-engine").json()["refusals"]
    (shown,) = [each for each in found if each["reason"] == reason]
    assert shown == {
        "day": "2026-03-02",
        "reason": reason,
        "count": 3,
        "last_account_id": f"acc_{ACCOUNT}",
        "last_at": "2026-03-02T17:00:00Z",
        "last_open_pnl": {"amount": "-1.2500", "currency": "USD"},
    }


def test_shows_who_watches_and_who_is_silent(world: World) -> None:
    leases = world.runtime.leases(owner="test")
    leases.tend()
    noted(
        world,
        "INSERT INTO work.mark_states (account_id, partition, unknown_since, unclosed_day)"
        " VALUES (%s, 0, '2026-03-02T17:00Z', '2026-03-02') ON CONFLICT DO NOTHING",
        ACCOUNT,
    )
    found = world.get("/v1/rules-engine").json()
    assert {each["owner"] for each in found["partitions"]} == {"test"}
    assert found["silent_accounts"] == [
        {
            "account_id": f"acc_{ACCOUNT}",
            "unknown_since": "2026-03-02T17:00:00Z",
            "last_mark_at": None,
            "unclosed_day": "2026-03-02",
        }
    ]
    leases.leave()
    after = world.get("/v1/rules-engine").json()["partitions"]
    assert {each["owner"] for each in after} == {None}
    assert world.get("/v1/rules-engine", "trader").status_code == 403
