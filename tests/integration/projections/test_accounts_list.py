"""`dynasty accounts list`, as it is typed."""

import json
from collections.abc import Iterator, Sequence
from datetime import timedelta
from uuid import UUID

import pytest
from typer.testing import CliRunner, Result

from application.errors import StreamNotFound
from domain.accounts.account import TradingAccount
from domain.money import USD
from interfaces.cli.main import app
from projections.daemon import catch_up
from tests.integration.projections.projecting import Projecting, projecting
from tests.support.builders import OPENED, pack_of
from tests.support.postgres import Cluster, cluster

TRADERS = (UUID(int=101), UUID(int=102))
NEWEST_FIRST = [str(UUID(int=number)) for number in (5, 4, 3, 2, 1)]


class Listing:
    """Five accounts of two traders and two plans, the last two opened at one moment."""

    def __init__(self, at_work: Projecting) -> None:
        self.environment = {
            "DATABASE_URL": at_work.database.url,
            "REDIS_URL": "redis://127.0.0.1:1",
        }
        for number in range(1, 6):
            account = TradingAccount.open(
                account_id=UUID(int=number),
                trader_id=TRADERS[number % 2],
                plan="large" if number > 3 else "small",
                pack=pack_of(max_loss={"mode": "static", "amount": "1000.00"}),
                at=OPENED + timedelta(minutes=min(number, 4)),
            )
            if number == 1:
                at = OPENED + timedelta(hours=1)
                account.record_result(result_id="r", net=USD.of("-1000"), at=at)
            at_work.ledger.save(account)
        catch_up(log=at_work.log, pool=at_work.pool)

    def run(self, *options: str) -> Result:
        return CliRunner().invoke(app, ["accounts", "list", *options], env=self.environment)

    def ids(self, *options: str) -> Sequence[str]:
        """The ids of what is printed as JSON, a line for each account."""
        result = self.run(*options, "--json")
        assert result.exit_code == 0, result.output
        return [json.loads(line)["account_id"] for line in result.stdout.splitlines()]


@pytest.fixture(scope="module")
def listing() -> Iterator[Listing]:
    with cluster().lent(Cluster.migrated_database) as database, projecting(database) as at_work:
        yield Listing(at_work)


class TestTheList:
    def test_is_newest_first(self, listing: Listing) -> None:
        assert listing.ids() == NEWEST_FIRST

    @pytest.mark.parametrize(
        ("options", "numbers"),
        [
            (("--status", "failed"), [1]),
            (("--status", "active", "--plan", "small"), [3, 2]),
            (("--trader", str(TRADERS[1])), [5, 3, 1]),
            (("--plan", "none"), []),
        ],
    )
    def test_holds_what_was_asked_for(
        self, listing: Listing, options: Sequence[str], numbers: Sequence[int]
    ) -> None:
        assert listing.ids(*options) == [str(UUID(int=number)) for number in numbers]

    def test_comes_in_pieces_that_lose_and_repeat_nothing(self, listing: Listing) -> None:
        found = list(listing.ids("--limit", "1"))
        while piece := listing.ids("--limit", "1", "--after", found[-1]):
            found += piece
        assert found == NEWEST_FIRST

    def test_says_how_to_go_on_and_keeps_it_out_of_the_json(self, listing: Listing) -> None:
        result = listing.run("--limit", "2", "--json")
        assert f"--after {NEWEST_FIRST[1]}" in result.stderr
        assert len(result.stdout.splitlines()) == 2
        assert listing.run("--limit", "5", "--json").stderr == ""

    def test_is_a_table_for_people(self, listing: Listing) -> None:
        printed = listing.run("--status", "failed").stdout
        assert NEWEST_FIRST[-1] in printed
        assert "49000.00" in printed
        assert "There is no such account." in listing.run("--plan", "none").stdout

    def test_is_refused_after_an_account_that_nobody_opened(self, listing: Listing) -> None:
        assert isinstance(listing.run("--after", str(UUID(int=9))).exception, StreamNotFound)

    def test_is_refused_with_a_status_that_there_is_not(self, listing: Listing) -> None:
        result = listing.run("--status", "open")
        assert result.exit_code == 2
        assert "active, locked, failed, passed" in result.stderr
