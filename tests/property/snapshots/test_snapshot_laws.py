"""An account out of its bytes is the account, and goes on as it would have."""

from copy import deepcopy
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.accounts.account import TradingAccount
from domain.accounts.state import KNOWN_MAX, AccountState
from domain.errors import DomainError
from domain.kernel import Event
from infrastructure.event_store.codec import decode_event, encode_payload, type_of
from infrastructure.snapshots.form import decode_account, differing_members, encode_account
from tests.property.accounts.lives import LIVES, Life, Move
from tests.support.builders import a_trade, account_of
from tests.support.histories import History, histories, lives, steps

LIVED: st.SearchStrategy[tuple[Any, list[Move]]] = LIVES
unhurried = settings(deadline=None, max_examples=60)


def as_recorded(event: Event) -> Event:
    """The event as it comes out of the log."""
    return decode_event(
        event_type=type_of(type(event)),
        schema_version=event.class_version,
        payload=encode_payload(event),
        stream_id=event.originator_id,
        stream_version=event.originator_version,
        effective_at=event.timestamp,
        ledger_seq=None,
    )


def told(events: list[Event], account: Any = None) -> TradingAccount:
    for event in events:
        account = event.mutate(account)
    assert isinstance(account, TradingAccount)
    return account


def lived(life: tuple[Any, list[Move]]) -> list[Event]:
    whole = Life(life[0])
    for move in life[1]:
        whole.live(move)
    return [as_recorded(each) for each in whole.events]


def events_of(history: History) -> list[Event]:
    ((life, ahead),) = lives([history])
    for step in ahead:
        life.live(step)
    return [as_recorded(each) for each in life.history()]


def held(account: TradingAccount) -> dict[str, Any]:
    """All that an account holds, the order of its mappings included."""
    state = account.state
    orders = {
        name: list(getattr(state, name))
        for name in AccountState.__dataclass_fields__
        if isinstance(getattr(state, name), dict)
    }
    book = [list(each) for each in (state.payouts.pending, state.payouts.seen, state.payouts.ended)]
    return {**vars(account), "orders": orders, "book": book}


@unhurried
@given(life=LIVED)
def test_an_account_out_of_its_bytes_is_the_account(life: tuple[Any, list[Move]]) -> None:
    account: Any = None
    for event in lived(life):
        account = event.mutate(account)
        written = encode_account(account)
        again = decode_account(written)
        assert held(again) == held(account)
        assert encode_account(again) == written


@unhurried
@given(history=histories(), cut=st.integers(0, 200))
def test_a_snapshot_and_what_came_after_it_are_the_whole(history: History, cut: int) -> None:
    events = events_of(history)
    at = cut % len(events) + 1
    kept = encode_account(told(events[:at]))
    assert held(told(events[at:], decode_account(kept))) == held(told(events))


@unhurried
@given(history=histories(), ahead=st.lists(steps(), min_size=1, max_size=4), cut=st.integers(0, 99))
def test_both_decide_alike(history: History, ahead: list[Any], cut: int) -> None:
    events = events_of(history)
    at = cut % len(events) + 1
    from_snapshot = told(events[at:], decode_account(encode_account(told(events[:at]))))
    decided = []
    for account in (told(events), from_snapshot):
        ((life, _),) = lives([history])
        life.account, life.past = account, list(events)  # type: ignore[arg-type]
        life.clock, life.executions = account.modified_on, [f"t-{n}" for n in range(1, 9)]
        for step in ahead:
            life.live(step)
        pending = account.pending_events
        decided.append([(type_of(type(each)), encode_payload(each)) for each in pending])
    assert decided[0] == decided[1]


def test_what_was_known_longest_is_still_forgotten_first() -> None:
    account = account_of()
    for number in range(3):
        account.record_trade(a_trade(f"t-{2 - number}"))
    account.collect_events()
    again = decode_account(encode_account(account))
    assert list(again.state.known) == ["trade:t-2", "trade:t-1", "trade:t-0"]
    assert len(again.state.known) < KNOWN_MAX


@unhurried
@given(life=LIVED, junk=st.binary(max_size=40), at=st.integers(0, 10_000))
def test_other_bytes_are_refused_or_other_accounts(
    life: tuple[Any, list[Move]], junk: bytes, at: int
) -> None:
    written = encode_account(told(lived(life)))
    place = at % (len(written) + 1)
    changed = written[:place] + junk + written[place + len(junk) :]
    try:
        again = decode_account(changed)
    except (ValueError, DomainError):
        return
    assert isinstance(again, TradingAccount)


def test_what_differs_is_named() -> None:
    account = account_of()
    before, poorer = encode_account(account), deepcopy(account)
    poorer.record_trade(a_trade(profit="-5"))
    poorer.collect_events()
    named = differing_members(before, encode_account(poorer))
    assert {"version", "state.balance", "state.known"} <= set(named)
    assert "state.pack" not in named
    assert differing_members(before, b"") == ["all"]
    assert differing_members(before, b" " + before) == ["order"]
