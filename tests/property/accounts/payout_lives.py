"""Random lives of an account that is asked for payouts, decided upon and paid in any order."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from domain.accounts.account import TradingAccount
from domain.accounts.payout_grounds import Grounds
from domain.accounts.payouts import answer_request
from domain.accounts.state import AccountState
from domain.errors import DomainError
from domain.kernel import Event
from domain.market.calendar import session_close, trading_day_of
from domain.money import USD
from tests.support.builders import ACCOUNT, OPENED, TRADER, Command, pack_of

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
        {"mode": "static", "amount": "500.00", "after_first_payout": "starting_balance"},
        {"mode": "eod_trailing", "amount": "300.00"},
        {"mode": "realised_trailing", "amount": "300.00", "breach": "below"},
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
