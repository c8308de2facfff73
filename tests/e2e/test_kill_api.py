"""The API, killed at any moment while commands arrive: each command counts exactly once."""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from random import Random, SystemRandom
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg.rows import DictRow, dict_row

from infrastructure.embedded.servers import embedded_servers
from tests.e2e.commands import DAYS, START, Command, rounds_of_commands
from tests.e2e.delivering import Delivery, Kill
from tests.support.processes import dynasty

KILLS = 4
SEED = "KILL_SEED"
"""Set this variable to what a failure printed, and the same commands and kills come again."""


@dataclass(frozen=True, slots=True)
class Aftermath:
    """What was sent, what was answered, and the database in which it all ended."""

    seed: int
    commands: Mapping[str, Command]
    delivery: Delivery
    compared: "Compared"
    database: psycopg.Connection[DictRow]

    def rows(self, query: str) -> Sequence[DictRow]:
        return self.database.execute(query.encode()).fetchall()

    def appends(self) -> Sequence[tuple[str, Sequence[DictRow]]]:
        """The events of the log with the command that caused them, an append at a time."""
        events = self.rows("SELECT * FROM ledger.events ORDER BY ledger_seq")
        return [(cause, list(each)) for cause, each in groupby(events, _cause)]


@dataclass(frozen=True, slots=True)
class Compared:
    """How the read models compared with a fresh build of them."""

    status: int
    tables: Sequence[Mapping[str, Any]]


@pytest.fixture
def aftermath(survived: Aftermath) -> Aftermath:
    """What all tests here look at. The seed is shown where a test fails."""
    tell(survived.seed)
    return survived


@pytest.fixture(scope="module")
def survived(shared_directory: Path) -> Iterator[Aftermath]:
    """A service that was killed again and again, and a client that sent everything nevertheless."""
    seed = int(os.environ.get(SEED) or SystemRandom().randrange(2**32))
    tell(seed)
    random = Random(seed)  # noqa: S311 (it must come again)
    rounds = rounds_of_commands(random)
    delivery = Delivery(shared_directory, kills_among(random, sum(map(len, rounds))))
    delivery.deliver(rounds)
    assert dynasty("daemon", "--once", directory=shared_directory).returncode == 0
    check = ("projections", "rebuild", "--all", "--check", "--json")
    checked = dynasty(*check, directory=shared_directory)
    compared = Compared(checked.returncode, json.loads(checked.stdout))
    with (
        embedded_servers(shared_directory / ".dynasty") as servers,
        psycopg.connect(servers.database_url, autocommit=True, row_factory=dict_row) as database,
    ):
        commands = {each.key: each for told in rounds for each in told}
        yield Aftermath(seed, commands, delivery, compared, database)


def tell(seed: int) -> None:
    print(f"{SEED}={seed}")  # noqa: T201 (captured, and shown with a failure)


def kills_among(random: Random, acknowledgements: int) -> list[Kill]:
    """Half of them end the servers, too; one more comes while the service is starting again."""
    moments = sorted(random.sample(range(1, acknowledgements - 10), KILLS))
    return [
        Kill(
            after=moment,
            pause_seconds=random.uniform(0, 0.03),
            with_servers=bool(number % 2),
            starting=random.uniform(0.2, 2.0) if number == 1 else None,
        )
        for number, moment in enumerate(moments)
    ]


def _cause(event: DictRow) -> str:
    return str(event["request_id"])


UNTOUCHED = ("limit_warnings", "news_releases", "pack_versions")
"""A pack that only flags has no limit to warn of; no command publishes a pack or schedules news."""


class TestEveryCommand:
    def test_is_acknowledged_in_the_end_through_all_kills(self, aftermath: Aftermath) -> None:
        assert aftermath.delivery.killed == KILLS
        assert aftermath.delivery.answers.keys() == aftermath.commands.keys()

    def test_is_answered_the_same_however_often_it_was_sent(self, aftermath: Aftermath) -> None:
        for key, answers in aftermath.delivery.answers.items():
            assert len({(each.version, each.recorded) for each in answers}) == 1, key
            assert sum(not each.replayed for each in answers) <= 1, key

    def test_is_in_the_log_once_if_it_changed_something(self, aftermath: Aftermath) -> None:
        appended = [cause for cause, _ in aftermath.appends()]
        recorded = [
            key for key, (first, *_) in aftermath.delivery.answers.items() if first.recorded
        ]
        assert sorted(appended) == sorted(recorded)

    def test_made_the_version_that_its_answer_names(self, aftermath: Aftermath) -> None:
        for key, events in aftermath.appends():
            assert events[-1]["stream_version"] == aftermath.delivery.answers[key][0].version, key
            assert {each["stream_id"] for each in events} == {aftermath.commands[key].account}, key

    def test_kept_its_key(self, aftermath: Aftermath) -> None:
        keys = aftermath.rows("SELECT key FROM ledger.idempotency_keys")
        assert sorted(each["key"] for each in keys) == sorted(aftermath.commands)


class TestTheLog:
    def test_has_no_gap(self, aftermath: Aftermath) -> None:
        numbers = aftermath.rows("SELECT ledger_seq FROM ledger.events ORDER BY ledger_seq")
        assert [each["ledger_seq"] for each in numbers] == list(range(1, len(numbers) + 1))
        assert aftermath.rows("SELECT last_seq FROM ledger.head") == [{"last_seq": len(numbers)}]

    def test_counts_each_stream_from_one(self, aftermath: Aftermath) -> None:
        for stream in aftermath.rows(
            "SELECT array_agg(stream_version ORDER BY ledger_seq) AS versions FROM ledger.events"
            " GROUP BY stream_id"
        ):
            assert stream["versions"] == list(range(1, len(stream["versions"]) + 1))

    def test_has_each_execution_once(self, aftermath: Aftermath) -> None:
        found = aftermath.rows(
            "SELECT coalesce(payload::json ->> 'trade_id', payload::json ->> 'fill_id') AS id"
            " FROM ledger.events WHERE event_type IN"
            " ('account.trade_recorded', 'account.fill_recorded')"
        )
        sent = [each.execution for each in aftermath.commands.values() if each.execution]
        assert sorted(each["id"] for each in found) == sorted(sent)


class TestTheReadModels:
    def test_hold_the_balances_of_arithmetic(self, aftermath: Aftermath) -> None:
        wanted: dict[UUID, Decimal] = {}
        for each in aftermath.commands.values():
            wanted[each.account] = wanted.get(each.account, START) + each.worth
        found = aftermath.rows("SELECT account_id, balance_units FROM read.accounts")
        assert {
            each["account_id"]: Decimal(each["balance_units"]).scaleb(-4) for each in found
        } == (wanted)

    def test_hold_each_day_once_and_closed(self, aftermath: Aftermath) -> None:
        accounts = {each.account for each in aftermath.commands.values()}
        found = aftermath.rows("SELECT account_id, trading_day, status FROM read.trading_days")
        assert sorted((each["account_id"], str(each["trading_day"])) for each in found) == sorted(
            (account, day) for account in accounts for day in DAYS
        )
        assert {each["status"] for each in found} == {"closed"}

    def test_hold_the_payout_paid_once(self, aftermath: Aftermath) -> None:
        found = aftermath.rows(
            "SELECT status, amount_units, trader_share_units, paid_version FROM read.payouts"
        )
        assert found == [
            {
                "status": "paid",
                "amount_units": 5_000_000,
                "trader_share_units": 4_500_000,
                "paid_version": 6,
            }
        ]

    def test_equal_a_rebuild(self, aftermath: Aftermath) -> None:
        assert aftermath.compared.status == 0
        assert len(aftermath.compared.tables) >= 8
        for table in aftermath.compared.tables:
            assert table["same"], table
            assert (table["live_rows"] > 0) == (table["table"] not in UNTOUCHED), table
