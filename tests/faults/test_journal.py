"""What a writer noted is what is read, wherever it was cut off."""

from pathlib import Path
from uuid import UUID

import pytest

from application.ledger import Receipt
from tests.faults.commands import accounts_of, command_of, opening_of
from tests.faults.journal import Acknowledged, Journal, read_journals

RECEIPT = Receipt(stream_id=UUID(int=1), version=3, position=17)


@pytest.fixture
def written(tmp_path: Path) -> Path:
    journal = Journal(tmp_path / "1.jsonl")
    for number in (1, 2, 3):
        journal.intend(number)
    journal.acknowledge(1, RECEIPT)
    journal.refuse(2, "account-ended")
    journal.close()
    return tmp_path / "1.jsonl"


def test_what_was_acknowledged_refused_or_neither_is_told_apart(written: Path) -> None:
    noted = read_journals(written.parent)
    assert noted.intended == {1, 2, 3}
    assert noted.undecided == [3]
    assert noted.acknowledged == {
        1: Acknowledged(number=1, version=3, position=17),
        2: Acknowledged(number=2, refused="account-ended"),
    }


def test_a_line_that_was_cut_off_counts_for_nothing(written: Path) -> None:
    whole = written.read_bytes()
    last_line = whole.splitlines(keepends=True)[-1]
    for length in range(len(last_line)):
        written.write_bytes(whole[: len(whole) - len(last_line) + length])
        assert read_journals(written.parent).undecided == [2, 3]


def test_a_command_is_its_seed_and_its_number() -> None:
    accounts = accounts_of(1)
    told = [command_of(1, number, accounts) for number in range(200)]
    assert told == [command_of(1, number, accounts) for number in range(200)]
    assert {type(each.command).__name__ for each in told} == {
        "RecordTrade", "RecordPair", "OpenAndFail",
    }  # fmt: skip
    assert told != [command_of(2, number, accounts) for number in range(200)]


def test_what_one_wins_another_loses() -> None:
    accounts = accounts_of(1)
    for number in range(200):
        told = command_of(1, number, accounts)
        if len(told.worth) == 2:
            assert sum(told.worth.values()) == 0


def test_the_accounts_of_a_seed_are_opened_once_each() -> None:
    opening = opening_of(3)
    assert [next(iter(each.worth)) for each in opening] == accounts_of(3)
    assert len({each.key for each in opening}) == len(opening)
