"""Questions about an account that is parked are refused; lists say that they may be old."""

from uuid import UUID

import pytest

from projections.read_models import READ_MODELS
from projections.stepping import Stepper
from tests.api.world import OTHER, TRADER, World, world_on
from tests.integration.projections.failing import Unreadable
from tests.support.postgres import Database


def park(world: World, account: str) -> None:
    """The newest event of the log is one of the account, and cannot be read."""
    log = Unreadable(world.runtime.log, {world.runtime.log.head()})
    stepper = Stepper(log, models=READ_MODELS, parked_max=50)
    with world.runtime.projector.connection() as connection:
        while stepper.step(connection).events:
            pass
    assert UUID(account.rpartition("_")[2])


@pytest.mark.parametrize(
    "below",
    [
        "", "/trades", "/days", "/snapshots", "/violations", "/warnings", "/restatements",
        "/revisions", "/payouts", "/audit",
    ],
)  # fmt: skip
def test_a_question_about_it_is_refused(world: World, below: str) -> None:
    account = world.opened()
    park(world, account)
    for role in ("support", "trader"):
        answer = world.get(f"{account}{below}", role)
        if role == "trader":
            # It was parked at its opening: to its trader there is no such account yet.
            assert answer.status_code == 404
        else:
            assert (answer.status_code, answer.json()["code"]) == (503, "account-parked")
            assert answer.headers["Retry-After"]


def test_its_trader_is_told_when_it_was_there_before(world: World) -> None:
    account = world.opened()
    world.catch_up()
    mark = {
        "open_pnl": {"amount": "-100.00", "currency": "USD"},
        "marked_at": "2026-03-02T15:00:00Z",
    }
    assert world.post(f"{account}/equity-marks", mark).status_code == 202
    park(world, account)
    answer = world.get(account, "trader", TRADER)
    assert (answer.status_code, answer.json()["code"]) == (503, "account-parked")
    assert world.get(account, "trader", OTHER).status_code == 404


def test_a_question_about_the_past_is_answered_out_of_the_log(world: World) -> None:
    account = world.opened()
    park(world, account)
    assert world.get(f"{account}?at_seq={world.runtime.log.head()}", "support").status_code == 200


def test_a_list_says_that_rows_of_it_may_be_missing_or_old(database: Database) -> None:
    with world_on(database) as world:
        whole = world.opened(trader=OTHER)
        world.catch_up()
        assert "Ledger-Parked" not in world.get("/v1/accounts").headers
        park(world, world.opened())
        answer = world.get("/v1/accounts")
        assert answer.headers["Ledger-Parked"] == "1"
        assert len(answer.json()["data"]) == 1
        assert world.get(whole).status_code == 200
