"""Many hands on one account at once: nothing is reserved twice, and one wins where one can."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from random import Random
from threading import Barrier
from typing import Any
from uuid import UUID, uuid4

from application.accounts import payout_handlers as handlers
from application.context import CommandContext, IdempotencyKey, acting
from application.errors import WriteConflict
from application.ledger import Receipt
from application.log import LogSelection
from application.pipeline import carry_out, fingerprint_of
from domain.accounts.account import TradingAccount
from domain.accounts.errors import PayoutRefused
from domain.accounts.events_payouts import (
    PayoutCancelled,
    PayoutPaid,
    PayoutRejected,
    PayoutRequested,
)
from domain.errors import DomainError
from domain.kernel import Event
from domain.money import USD, ZERO
from tests.integration.payouts.paying import (
    approving,
    asking,
    cancelling,
    of_kind,
    open_funded,
    paying,
    rejecting,
)
from tests.integration.projections.projecting import Projecting
from tests.support.histories import chance

ACCOUNT, TRADER = UUID(int=1), UUID(int=2)
HANDS, ROUNDS = 12, 8


def deliver(at_work: Projecting, handler: Any, command: Any, *, key: str | None = None) -> Receipt:
    """One command under a key of its own, as the API hands it in."""
    kept = IdempotencyKey(
        scope="test", key=key or str(uuid4()), fingerprint=fingerprint_of(command)
    )
    with acting(CommandContext(actor="test", idempotency=kept)):
        return carry_out(handler, command, at_work.ledger)


def all_at_once(acts: Sequence[Callable[[], Receipt]]) -> list[Receipt | DomainError]:
    """Every act in a thread of its own, begun together; what is refused is an answer too."""
    barrier = Barrier(len(acts))

    def run(act: Callable[[], Receipt]) -> Receipt | DomainError:
        barrier.wait()
        try:
            return act()
        except DomainError as refusal:
            return refusal

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def events_of(at_work: Projecting) -> Sequence[Event]:
    recorded = at_work.log.stream(LogSelection(stream_id=ACCOUNT))
    return [at_work.log.decode(each) for each in recorded]


def recorded(answers: Sequence[Receipt | DomainError]) -> list[Receipt]:
    return [each for each in answers if isinstance(each, Receipt) and each.position is not None]


def test_of_many_requests_for_all_the_profit_one_wins(at_work: Projecting) -> None:
    open_funded(at_work.ledger, ACCOUNT, trader=TRADER)
    requests = [asking(ACCOUNT, f"p-{n}", "4000") for n in range(HANDS)]
    request = partial(deliver, at_work, handlers.request_payout)
    answers = all_at_once([partial(request, each) for each in requests])
    assert len(recorded(answers)) == 1
    refused = [each for each in answers if isinstance(each, DomainError)]
    assert {type(each) for each in refused} <= {PayoutRefused, WriteConflict}
    assert len(of_kind(events_of(at_work), PayoutRequested)) == 1
    account = at_work.ledger.load(TradingAccount, ACCOUNT)
    assert account.state.payouts.reserved() == USD.of("4000")


def test_one_request_that_many_deliver_is_recorded_once(at_work: Projecting) -> None:
    open_funded(at_work.ledger, ACCOUNT, trader=TRADER)
    request = partial(deliver, at_work, handlers.request_payout, asking(ACCOUNT, "p-1", "4000"))
    answers = all_at_once([partial(request, key="k")] * HANDS)
    assert all(isinstance(each, Receipt) for each in answers)
    assert len(of_kind(events_of(at_work), PayoutRequested)) == 1


def test_an_approval_and_a_cancellation_cannot_both_win(at_work: Projecting) -> None:
    for number in range(1, ROUNDS + 1):
        account = UUID(int=number)
        open_funded(at_work.ledger, account, trader=TRADER)
        deliver(at_work, handlers.request_payout, asking(account, "p", "100"))
        approve = partial(
            deliver, at_work, handlers.approve_payout, approving(account, "p", version=4)
        )
        cancel = partial(deliver, at_work, handlers.cancel_payout, cancelling(account, "p"))
        answers = all_at_once([approve, cancel, approve, cancel])
        assert len(recorded(answers)) == 1
        assert at_work.ledger.load(TradingAccount, account).version == 5


def test_nothing_is_ever_reserved_twice_whoever_does_what(at_work: Projecting) -> None:
    open_funded(at_work.ledger, ACCOUNT, trader=TRADER)
    all_at_once([partial(_hand, at_work, chance(number), number) for number in range(HANDS)])
    held: dict[str, int] = {}
    paid = 0
    for event in events_of(at_work):
        match event:
            case PayoutRequested():
                assert not held, "profit that is reserved was drawn on by another"
                held[event.payout_id] = event.amount_units
                assert event.amount_units <= event.maximum_units <= 40_000_000 - paid
            case PayoutRejected() | PayoutCancelled():
                del held[event.payout_id]
            case PayoutPaid():
                paid += held.pop(event.payout_id)
            case _:
                pass
    account = at_work.ledger.load(TradingAccount, ACCOUNT)
    assert account.state.balance == USD(540_000_000 - paid)
    assert account.state.payouts.reserved() == USD(sum(held.values()))
    assert account.state.balance - account.state.pack.starting_balance >= ZERO
    assert len(of_kind(events_of(at_work), PayoutRequested)) >= 1


def _hand(at_work: Projecting, random: Random, number: int) -> Receipt:
    """A person that asks, decides, takes back and pays, whatever is there."""
    for turn in range(ROUNDS):
        pending = [*at_work.ledger.load(TradingAccount, ACCOUNT).state.payouts.pending, "none"]
        acts: list[tuple[Any, Any]] = [
            (handlers.request_payout, asking(ACCOUNT, f"p-{number}-{turn}", "700")),
            (handlers.approve_payout, approving(ACCOUNT, pending[0])),
            (handlers.reject_payout, rejecting(ACCOUNT, pending[0])),
            (handlers.cancel_payout, cancelling(ACCOUNT, pending[0])),
            (handlers.pay_payout, paying(ACCOUNT, pending[0])),
        ]
        handler, command = random.choices(acts, weights=(4, 4, 1, 1, 4))[0]
        try:
            deliver(at_work, handler, command)
        except DomainError:
            continue
    return Receipt(stream_id=ACCOUNT, version=0, position=None)
