"""`dynasty payouts`, as it is typed."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from typer.testing import CliRunner, Result

from domain.accounts.account import TradingAccount
from domain.accounts.errors import PayoutRefused, PayoutStatusForbids, PayoutUnknown
from domain.errors import DomainError
from domain.money import USD
from interfaces.cli.payouts import app
from projections.daemon import catch_up
from tests.integration.projections.projecting import Projecting, projecting
from tests.support.builders import pack_of
from tests.support.postgres import Cluster, cluster

TRADER = UUID(int=2)
YESTERDAY = datetime.now(UTC) - timedelta(days=1)


class Desk:
    """A ledger, and the command line beside it."""

    def __init__(self, at_work: Projecting) -> None:
        self.at_work, self.accounts = at_work, 0
        self.environment = {
            "DATABASE_URL": at_work.database.url,
            "REDIS_URL": "redis://127.0.0.1:1",
        }

    def funded(self, *, profit: str = "4000") -> str:
        """A new account with so much profit, open since yesterday."""
        self.accounts += 1
        account = TradingAccount.open(
            account_id=UUID(int=self.accounts),
            trader_id=TRADER,
            plan="test",
            pack=pack_of(phase="funded", payout={"minimum": "250.00"}),
            at=YESTERDAY - timedelta(days=1),
        )
        account.record_result(result_id="r", net=USD.of(profit), at=YESTERDAY)
        self.at_work.ledger.save(account)
        return str(account.id)

    def run(self, *arguments: str) -> Result:
        return CliRunner().invoke(app, arguments, env=self.environment)

    def said(self, *arguments: str) -> object:
        """What a command prints as JSON."""
        result = self.run(*arguments, "--json")
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    def refusal(self, *arguments: str) -> DomainError:
        """What a command is refused with; the command line prints its sentence."""
        result = self.run(*arguments)
        assert isinstance(result.exception, DomainError), result.output
        return result.exception

    def catch_up(self) -> None:
        catch_up(log=self.at_work.log, pool=self.at_work.pool)


@pytest.fixture(scope="module")
def desk() -> Iterator[Desk]:
    with cluster().lent(Cluster.migrated_database) as database, projecting(database) as at_work:
        yield Desk(at_work)


def approved(desk: Desk) -> tuple[str, str]:
    """An account with an approved payout."""
    account = desk.funded()
    desk.run("request", account, "500", "--id", "p-1")
    version = str(desk.at_work.ledger.load(TradingAccount, UUID(account)).version)
    assert desk.run("approve", account, "p-1", "--expected-version", version).exit_code == 0
    return account, "p-1"


def test_a_request_gets_an_identifier_of_its_own(desk: Desk) -> None:
    account = desk.funded()
    said = desk.said("request", account, "500")
    assert isinstance(said, dict)
    assert said["recorded"] is True
    state = desk.at_work.ledger.load(TradingAccount, UUID(account)).state
    assert state.payouts.pending[said["payout_id"]].amount == USD.of("500")


def test_a_request_again_says_that_nothing_changed(desk: Desk) -> None:
    account = desk.funded()
    assert "Payout p-1: requested." in desk.run("request", account, "500", "--id", "p-1").stdout
    again = desk.run("request", account, "500", "--id", "p-1").stdout
    assert "Payout p-1: requested before; nothing changed." in again


def test_a_refused_request_says_what_is_missing(desk: Desk) -> None:
    refusal = desk.refusal("request", desk.funded(profit="100"), "500")
    assert type(refusal) is PayoutRefused
    assert "below_minimum: 250.00 must be drawable; 100.00 is now" in refusal.sentence


def test_eligibility_shows_every_rule_and_reserves_nothing(desk: Desk) -> None:
    account = desk.funded()
    shown = desk.run("eligibility", account, "--amount", "4000.01").stdout
    assert "Not allowed: above_maximum." in shown
    assert "At most 4000.00" in shown
    assert max(map(len, shown.splitlines())) <= 100
    said = desk.said("eligibility", account)
    assert isinstance(said, dict)
    assert (said["allowed"], said["maximum"], said["trader_share"]) == (
        True, "4000.00", "4000.00"
    )  # fmt: skip
    assert [each["met"] for each in said["rules"]] == [True] * 7
    assert not desk.at_work.ledger.load(TradingAccount, UUID(account)).state.payouts.seen


def test_an_approval_needs_the_version_it_was_decided_on(desk: Desk) -> None:
    account = desk.funded()
    desk.run("request", account, "500", "--id", "p-1")
    assert desk.run("approve", account, "p-1").exit_code == 2
    assert desk.refusal("approve", account, "p-1", "--expected-version", "1").code == (
        "stale-version"
    )


def test_show_tells_the_whole_life_of_a_payout(desk: Desk) -> None:
    account, payout = approved(desk)
    assert desk.run("pay", account, payout, "--reference", "wire 17").exit_code == 0
    desk.catch_up()
    shown = desk.run("show", account, payout).stdout
    for part in ("p-1", ": paid", "paid as wire 17", "by cli:", "above_maximum"):
        assert part in shown
    assert max(map(len, shown.splitlines())) <= 100
    said = desk.said("show", account, payout)
    assert isinstance(said, dict)
    assert (said["status"], said["amount"], said["reference"]) == ("paid", "500.00", "wire 17")
    assert said["paid_at"].endswith("Z")


def test_a_rejection_names_its_grounds(desk: Desk) -> None:
    account, payout = approved(desk)
    grounds = ("--reason", "data_in_doubt", "--reason", "buffer", "--evidence", "2")
    why = ("--explanation", "Prices are in doubt.")
    assert desk.run("reject", account, payout, *grounds, *why).exit_code == 0
    desk.catch_up()
    shown = desk.run("show", account, payout).stdout
    assert "data_in_doubt, buffer: Prices are in doubt." in shown
    assert "evidence: events 2" in shown


def test_what_is_approved_cannot_be_taken_back(desk: Desk) -> None:
    assert type(desk.refusal("cancel", *approved(desk))) is PayoutStatusForbids


def test_a_request_can_be_taken_back(desk: Desk) -> None:
    account = desk.funded()
    desk.run("request", account, "500", "--id", "p-1")
    assert "Payout p-1: cancelled." in desk.run("cancel", account, "p-1").stdout


def test_list_shows_the_newest_first_and_filters(desk: Desk) -> None:
    account = desk.funded()
    for payout in ("p-1", "p-2"):
        desk.run("request", account, "500", "--id", payout)
        desk.run("cancel", account, payout)
    desk.run("request", account, "500", "--id", "p-3")
    desk.catch_up()
    said = desk.said("list", "--account", account)
    assert isinstance(said, list)
    assert [each["payout_id"] for each in said] == ["p-3", "p-2", "p-1"]
    cancelled = desk.run("list", "--account", account, "--status", "cancelled", "--limit", "1")
    assert "p-2" in cancelled.stdout
    assert "p-1" not in cancelled.stdout
    assert max(map(len, cancelled.stdout.splitlines())) <= 100
    assert desk.said("list", "--trader", str(UUID(int=99))) == []


def test_list_knows_no_other_status(desk: Desk) -> None:
    assert desk.run("list", "--status", "held").exit_code == 2


def test_what_the_read_model_lacks_is_said(desk: Desk) -> None:
    desk.catch_up()
    desk.funded()
    result = desk.run("list")
    assert "does not hold the last 2 events" in result.stderr


def test_a_payout_that_is_not_there_is_unknown(desk: Desk) -> None:
    assert type(desk.refusal("show", desk.funded(), "p-9")) is PayoutUnknown
