"""What holds of the payouts of every account, whatever is asked, decided and traded between."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from domain.accounts.account import TradingAccount
from domain.accounts.events_payouts import (
    PayoutApproved,
    PayoutCancelled,
    PayoutPaid,
    PayoutRejected,
    PayoutRequested,
)
from domain.accounts.evolve import begin, evolve
from domain.accounts.payout_grounds import Grounds
from domain.accounts.payouts import answer_request
from domain.accounts.state import AccountState
from domain.errors import DomainError
from domain.kernel import Event
from domain.market.calendar import session_close, session_open, trading_day_of
from domain.money import USD, ZERO
from tests.support.builders import ACCOUNT, OPENED, TRADER, Command, pack_of

unhurried = settings(deadline=None)  # A busy machine proves nothing.

PAYOUTS: Mapping[str, Mapping[str, Any]] = {
    "all of it": {},
    "shared": {
        "fraction_of_profit": "0.50",
        "trader_share": [{"from_payout": 1, "share": "0.9"}, {"from_payout": 3, "share": "0.8333"}],
    },
    "bounded": {
        "minimum": "10.00", "cap_per_payout": "700.00", "cap_per_month": "1500.00",
        "count_per_month": 3, "buffer": "100.00",
        "share_bands": [{"up_to_total": "333.33", "share": "1"}, {"share": "0.777"}],
    },
}  # fmt: skip
LOSSES = st.sampled_from(
    [
        None,
        {"mode": "static", "amount": "2000.00", "after_first_payout": "starting_balance"},
        {"mode": "eod_trailing", "amount": "900.00"},
        {"mode": "realised_trailing", "amount": "900.00", "breach": "below"},
    ]
)
PACKS = st.builds(
    pack_of,
    phase=st.just("funded"),
    max_loss=LOSSES,
    payout=st.sampled_from(sorted(PAYOUTS)).map(lambda name: dict(PAYOUTS[name])),
)


@dataclass(frozen=True)
class Act:
    """One command: what, on the payout in hand or on an `other`, over how many cents, how much
    later. A request of `all` asks for the most there is.
    """

    kind: str
    other: bool
    all: bool
    cents: int
    hours: int


@st.composite
def acts(draw: DrawFn) -> Act:
    kinds = (
        *("earn", "earn", "request", "request", "request", "approve", "approve", "approve"),
        *("approve", "pay", "pay", "pay", "pay", "reject", "cancel", "close"),
    )
    return Act(
        kind=draw(st.sampled_from(kinds)),
        other=draw(st.sampled_from((False, False, False, True))),
        all=draw(st.booleans()),
        cents=draw(st.one_of(st.integers(1, 90_000), st.integers(-40_000, 150_000))),
        hours=draw(st.sampled_from((0, 1, 7, 25, 400))),
    )


FIRST = st.integers(20_000, 500_000).map(
    lambda cents: Act(kind="earn", other=False, all=False, cents=cents, hours=0)
)
LIVES = st.tuples(
    PACKS,
    st.builds(lambda first, rest: [first, *rest], FIRST, st.lists(acts(), min_size=8, max_size=40)),
)


class Life:
    """An account that is asked for payouts; keeps every event, and the command it took last."""

    def __init__(self, pack: Any) -> None:
        self.account = TradingAccount.open(
            account_id=ACCOUNT, trader_id=TRADER, plan="test", pack=pack, at=OPENED
        )
        self.events: list[Event] = list(self.account.collect_events())
        self.clock = OPENED
        self.acts = 0
        self.last: Command = lambda account: account

    @property
    def state(self) -> AccountState:
        return self.account.state

    def live(self, act: Act) -> list[Event]:
        """One act; answers what was recorded, nothing when it was refused."""
        self.clock += timedelta(hours=act.hours, minutes=1)
        self.acts += 1
        self.last = self._command(act)
        return self.deliver()

    def deliver(self) -> list[Event]:
        """The last command; a second time, too."""
        before = self.account.version
        try:
            self.last(self.account)
        except DomainError:
            assert self.account.version == before, "a refusal leaves no events"
            return []
        recorded = list(self.account.collect_events())
        self.events += recorded
        return recorded

    def _command(self, act: Act) -> Command:
        at, name, amount = self.clock, f"r-{self.acts}", USD(act.cents * 100)
        payout_id, day = self._payout(act), trading_day_of(at)
        grounds = Grounds(reasons=("buffer",), explanation="No.", evidence=(1,))
        if act.kind == "request" and act.all:
            amount = answer_request(self.state, amount=None, at=at).maximum
        if act.kind == "close":
            self.clock = session_close(day) + timedelta(hours=2)
        commands: Mapping[str, Command] = {
            "earn": lambda each: each.record_result(result_id=name, net=amount, at=at),
            "request": lambda each: each.request_payout(payout_id=payout_id, amount=amount, at=at),
            "approve": lambda each: each.approve_payout(payout_id=payout_id, at=at),
            "reject": lambda each: each.reject_payout(payout_id=payout_id, grounds=grounds, at=at),
            "cancel": lambda each: each.cancel_payout(payout_id=payout_id, at=at),
            "pay": lambda each: each.pay_payout(payout_id=payout_id, reference="w", at=at),
            "close": lambda each: each.close_day(day=day, at=session_close(day)),
        }
        return commands[act.kind]

    def _payout(self, act: Act) -> str:
        """A new id for a request, the pending one for a decision; or any that was seen."""
        book = self.state.payouts
        if act.other:
            return f"p-{act.cents % (len(book.seen) + 1)}"
        if act.kind == "request":
            return f"p-{len(book.seen)}"
        return next(iter(book.pending), "none")


def lived(told: tuple[Any, list[Act]]) -> Life:
    life = Life(told[0])
    for act in told[1]:
        life.live(act)
    return life


def of(life: Life, kind: type[Any]) -> list[Any]:
    return [each for each in life.events if isinstance(each, kind)]


@unhurried
@given(LIVES)
def test_every_payout_is_in_one_place_and_no_unit_is_lost(told: tuple[Any, list[Act]]) -> None:
    life = lived(told)
    book = life.state.payouts
    asked = {each.payout_id: each for each in of(life, PayoutRequested)}
    assert book.seen == {id: USD(each.amount_units) for id, each in asked.items()}
    assert book.pending.keys() | book.ended.keys() == asked.keys()
    assert not book.pending.keys() & book.ended.keys()
    freed = of(life, PayoutRejected) + of(life, PayoutCancelled)
    total = sum(each.amount_units for each in asked.values())
    back = sum(each.amount_units for each in freed)
    assert total == book.reserved().units + book.paid_out.units + back
    for paid in of(life, PayoutPaid):
        assert paid.amount_units == asked[paid.payout_id].amount_units
        assert paid.trader_share_units == asked[paid.payout_id].trader_share_units
        assert 0 <= paid.trader_share_units <= paid.amount_units


@unhurried
@given(LIVES)
def test_balances_add_up(told: tuple[Any, list[Act]]) -> None:
    life = lived(told)
    earned = sum(getattr(each, "net_units", 0) for each in life.events if _is_result(each))
    paid = sum(each.amount_units for each in of(life, PayoutPaid))
    state = life.state
    assert state.balance == state.pack.starting_balance + USD(earned - paid)
    assert state.payouts.paid_out == USD(paid)
    assert state.net_profit == USD(earned)


def _is_result(event: Event) -> bool:
    return type(event).__name__ == "ResultRecorded"


@unhurried
@given(LIVES)
def test_what_is_reserved_was_there_and_nobody_else_could_draw_on_it(
    told: tuple[Any, list[Act]],
) -> None:
    life = Life(told[0])
    for act in told[1]:
        state = life.state
        profit, held = state.balance - state.pack.starting_balance, state.payouts.reserved()
        recorded = life.live(act)
        for each in recorded:
            if isinstance(each, PayoutRequested):
                assert held == ZERO
                assert 0 < each.amount_units <= each.maximum_units <= profit.units
        assert len(life.state.payouts.pending) <= 1


@unhurried
@given(LIVES)
def test_an_approved_payout_was_covered(told: tuple[Any, list[Act]]) -> None:
    life = Life(told[0])
    rule = told[0].payout
    for act in told[1]:
        recorded = life.live(act)
        for each in recorded:
            if isinstance(each, PayoutApproved):
                state = life.state
                left = state.balance - state.pack.starting_balance - USD(each.amount_units)
                assert left >= (rule.buffer or ZERO)
                assert state.status in ("active", "locked")


@unhurried
@given(LIVES)
def test_a_months_counts_are_those_of_its_living_requests(told: tuple[Any, list[Act]]) -> None:
    life = lived(told)
    gone = {each.payout_id for each in of(life, PayoutRejected) + of(life, PayoutCancelled)}
    living = [each for each in of(life, PayoutRequested) if each.payout_id not in gone]
    for month, counted in life.state.payouts.months.items():
        amounts = [each.amount_units for each in living if f"{each.trading_day:%Y-%m}" == month]
        assert (counted.count, counted.total.units) == (len(amounts), sum(amounts))
        if told[0].payout.count_per_month:
            assert counted.count <= told[0].payout.count_per_month
            assert counted.total <= told[0].payout.cap_per_month


@unhurried
@given(LIVES)
def test_a_payout_lives_one_life(told: tuple[Any, list[Act]]) -> None:
    life = lived(told)
    lives: dict[str, list[str]] = {}
    for each in life.events:
        if payout_id := getattr(each, "payout_id", None):
            lives.setdefault(payout_id, []).append(type(each).__name__[6:].lower())
    for way in lives.values():
        assert way in (
            ["requested"], ["requested", "approved"], ["requested", "rejected"],
            ["requested", "cancelled"], ["requested", "approved", "rejected"],
            ["requested", "approved", "paid"],
        )  # fmt: skip


@unhurried
@given(LIVES)
def test_replay_gives_the_live_state_and_a_second_delivery_nothing(
    told: tuple[Any, list[Act]],
) -> None:
    life = Life(told[0])
    for act in told[1]:
        recorded = life.live(act)
        if recorded:
            assert life.deliver() == []
    opened, *rest = life.events
    state = begin(opened)  # type: ignore[arg-type]
    for event in rest:
        evolve(state, event)  # type: ignore[arg-type]
    assert state == life.state


@unhurried
@given(LIVES, st.one_of(st.none(), st.integers(-500, 500_000)))
def test_a_preview_says_what_a_request_is_answered_and_changes_nothing(
    told: tuple[Any, list[Act]], cents: int | None
) -> None:
    life = lived(told)
    amount, before = None if cents is None else USD(cents * 100), repr(life.state)
    answer = answer_request(life.state, amount=amount, at=life.clock)
    assert repr(life.state) == before
    wanted = answer.maximum if amount is None else amount
    try:
        life.account.request_payout(payout_id="new", amount=wanted, at=life.clock)
    except DomainError:
        assert not answer.allowed or wanted > answer.maximum
    else:
        assert wanted <= answer.maximum
        assert answer.allowed


@unhurried
@given(LIVES, st.integers(1, 20))
def test_being_paid_at_once_ends_no_account(told: tuple[Any, list[Act]], days: int) -> None:
    life = lived(told)
    at = session_open(trading_day_of(life.clock + timedelta(days=days)))
    answer = answer_request(life.state, amount=None, at=at)
    if answer.allowed:
        account = life.account
        account.request_payout(payout_id="new", amount=answer.maximum, at=at)
        account.approve_payout(payout_id="new", at=at)
        account.pay_payout(payout_id="new", reference="w", at=at)
        assert account.state.status in ("active", "locked")
