"""A ledger that remembers gives what the whole log would give, whoever else writes."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest

from application.accounts.commands import RecordTrade
from application.accounts.handlers import record_trade
from application.errors import WriteConflict
from application.pipeline import carry_out
from domain.accounts.account import TradingAccount
from domain.kernel import Event
from domain.money import USD
from infrastructure.event_store.ledger import EventSourcedLedger, open_ledger
from infrastructure.event_store.remembering import Remembered
from tests.support.builders import OPENED, a_trade, pack_of
from tests.support.histories import chance, lives, random_history
from tests.support.postgres import Database


@pytest.fixture
def other(database: Database) -> Iterator[EventSourcedLedger]:
    """The ledger of another process."""
    opened = open_ledger(database.conninfo, pool_size=4)
    yield opened
    opened.close()


def numbered(number: int) -> TradingAccount:
    return TradingAccount.open(
        account_id=UUID(int=number),
        trader_id=UUID(int=8),
        plan="test",
        pack=pack_of(),
        at=OPENED,
    )


def opened(ledger: EventSourcedLedger) -> UUID:
    account = numbered(7)
    ledger.save(account)
    return account.id


def as_read_whole(ledger: EventSourcedLedger, account_id: UUID) -> bool:
    """Whether what is loaded is what all its events make."""
    whole = ledger.load_until(TradingAccount, account_id)
    return vars(ledger.load(TradingAccount, account_id)) == vars(whole)


def test_an_account_is_as_its_events_make_it_whoever_wrote_last(
    ledger: EventSourcedLedger, other: EventSourcedLedger
) -> None:
    random = chance(7)
    for life, steps in lives(random_history(random, steps=12) for _ in range(6)):
        ledger.save(life.account)
        for step in steps:
            life.live(step)
            random.choice((ledger, other)).save(life.account)
            assert as_read_whole(random.choice((ledger, other)), life.account.id)


def test_what_was_decided_and_not_saved_is_forgotten(ledger: EventSourcedLedger) -> None:
    account_id = opened(ledger)
    loaded = ledger.load(TradingAccount, account_id)
    loaded.record_trade(a_trade(profit="100"))
    assert loaded.pending_events
    assert as_read_whole(ledger, account_id)
    assert ledger.load(TradingAccount, account_id).version == 1


def test_whoever_decides_on_what_is_old_conflicts(
    ledger: EventSourcedLedger, other: EventSourcedLedger
) -> None:
    account_id = opened(ledger)
    late, soon = (each.load(TradingAccount, account_id) for each in (ledger, other))
    soon.record_trade(a_trade("t-1"))
    other.save(soon)
    late.record_trade(a_trade("t-2"))
    with pytest.raises(WriteConflict):
        ledger.save(late)
    assert as_read_whole(ledger, account_id)


def test_trades_sent_at_once_to_two_ledgers_are_all_booked_once(
    ledger: EventSourcedLedger, other: EventSourcedLedger
) -> None:
    account_id = opened(ledger)
    trades = [a_trade(f"t-{number}", profit="5") for number in range(24)]

    def send(number: int) -> None:
        command = RecordTrade(account_id=account_id, trade=trades[number % len(trades)])
        to = (ledger, other)[number % 2]
        while True:
            try:
                carry_out(record_trade, command, to)
            except WriteConflict:
                continue
            return

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(send, range(2 * len(trades) + 1)))
    for each in (ledger, other):
        assert as_read_whole(each, account_id)
    balance = ledger.load(TradingAccount, account_id).state.balance
    assert balance == USD.of("50120.00")


def test_no_more_is_remembered_than_the_limit() -> None:
    read: list[int] = []

    def newer_than(version: int) -> list[Event]:
        read.append(version)
        return []

    kept, accounts = Remembered(2), [numbered(number) for number in range(3)]
    for each in accounts:
        each.collect_events()
        kept.keep(each, era=kept.era)
    found = [kept.brought_up(TradingAccount, each.id, newer_than) for each in accounts]
    assert [each is not None for each in found] == [False, True, True]
    assert read == [1, 1]
