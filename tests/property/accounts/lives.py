"""Random lives of an account: commands of every kind, in an order that a platform might send them.

What the account refuses does not happen, and must leave no events.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, TypeAlias

from hypothesis import strategies as st

from domain.accounts.account import TradingAccount
from domain.accounts.errors import AccountEnded
from domain.accounts.evolve import begin, evolve
from domain.accounts.payout_grounds import Grounds
from domain.accounts.state import AccountState
from domain.errors import DomainError
from domain.kernel import Event
from domain.market.calendar import next_trading_day, session_close, session_open
from domain.market.releases import Release
from domain.money import USD
from tests.support.builders import ACCOUNT, MONDAY, OPENED, TRADER, a_fill, a_trade, pack_of

LOSSES = st.sampled_from(
    [
        None,
        {"mode": "static", "amount": "2000.00"},
        {"mode": "eod_trailing", "amount": "2000.00", "lock_at": "50000.00"},
        {"mode": "eod_trailing", "fraction_of_peak": "0.03", "breach": "below"},
        {"mode": "intraday_trailing", "amount": "2500.00"},
        {"mode": "realised_trailing", "amount": "1500.00", "basis": "balance"},
    ]
)
DAILY = st.sampled_from(
    [
        None,
        {"amount": "1000.00", "effect": "lock_day"},
        {"amount": "1200.00", "effect": "fail", "from": "day_start_equity"},
        {"fraction_of_day_start": "0.02", "effect": "lock_day", "from": "highest_close"},
    ]
)
LIMITS = st.sampled_from(
    [
        None,
        {"per_symbol": {"MES": 4}, "total_units": 30},
        {"total_units": 6, "effect": "lock_day"},
        {"per_symbol": {"MES": 9}, "total_units": 12, "effect": "fail"},
    ]
)
SCALING = st.sampled_from(
    [
        [],
        [{"profit_above": "0.00", "total_units": 5}, {"profit_above": "400.00", "total_units": 8}],
    ]
)
SESSIONS = st.sampled_from(
    [
        None,
        {"flat_by": "15:10", "effect": "flag"},
        {"flat_by": "12:00", "overnight": "forbidden", "effect": "lock_day"},
        {"overnight": "forbidden", "weekend": "forbidden", "effect": "flag"},
        {"flat_by": "15:10", "weekend": "forbidden", "effect": "fail"},
    ]
)
NEWS = st.sampled_from(
    [
        None,
        {"minutes_before": 30, "minutes_after": 30},
        {"minutes_before": 300, "minutes_after": 1_000, "effect": "lock_day"},
    ]
)
OPEN_LOSS = st.sampled_from([None, {"fraction": "0.30", "base_at_least": "900.00"}])
OF_TIME: dict[str, st.SearchStrategy[Any]] = {
    "session": SESSIONS,
    "news": NEWS,
    "open_loss": OPEN_LOSS,
    "hedging": st.sampled_from(["allowed", "forbidden"]),
    "minimum_hold_seconds": st.sampled_from([None, 0, 600]),
    "inactivity_days": st.sampled_from([None, 1, 3, 5, 7, 14]),
    "maximum_trading_days": st.sampled_from([None, 2, 5, 9]),
}
PACKS = st.builds(
    pack_of,
    max_loss=LOSSES,
    daily_loss=DAILY,
    position_limits=LIMITS,
    scaling=SCALING,
    phase=st.sampled_from(["evaluation", "funded"]),
    profit_target=st.sampled_from([None, "1500.00"]),
    payout=st.just({"fraction_of_profit": "0.50"}),
    **OF_TIME,
)


Command: TypeAlias = Callable[[TradingAccount], object]


@dataclass(frozen=True)
class Move:
    """One command: its kind, how much of it, and how long after the one before."""

    kind: str
    number: int
    ticks: int
    quantity: int
    minutes: int


MOVES = st.builds(
    Move,
    kind=st.sampled_from(
        (
            *("trade", "trade", "trade", "buy", "sell", "mark", "mark", "result"),
            *("close", "close", "void", "request", "approve", "reject", "cancel", "pay", "again"),
            *("note", "look"),
        )
    ),
    number=st.integers(0, 6),
    ticks=st.integers(-400, 600),
    quantity=st.integers(1, 5),
    minutes=st.sampled_from([1, 5, 30, 180, 600, 1440]),
)
LIVES = st.tuples(PACKS, st.lists(MOVES, min_size=8, max_size=40))


class Life:
    """An account that lives through moves; every event it recorded is kept."""

    def __init__(self, pack: Any) -> None:
        self.account = TradingAccount.open(
            account_id=ACCOUNT, trader_id=TRADER, plan="test", pack=pack, at=OPENED
        )
        self.events: list[Event] = list(self.account.collect_events())
        self.clock = self.told_at = OPENED
        self.done: list[tuple[str, Command]] = []
        self.inputs: list[tuple[datetime, Command]] = []

    def live(self, move: Move) -> list[Event]:
        """One move; answers what was recorded, nothing when it was refused."""
        self.clock += timedelta(minutes=move.minutes)
        self.told_at = self.clock
        name, command = self._command(move)
        before = self.account.version
        try:
            command(self.account)
        except AccountEnded:
            if self.account.version != before:
                self.inputs.append((self.told_at, command))
            return self._collected()
        except DomainError:
            if self.account.version != before:
                raise AssertionError("a refusal leaves no events") from None
            return []
        self.done.append((name, command))
        self.inputs.append((self.told_at, command))
        return self._collected()

    def look(self, at: datetime) -> list[Event]:
        """Somebody lets time pass; answers what was recorded."""
        self.account.pass_time(at)
        return self._collected()

    def do(self, command: Command) -> list[Event]:
        """A command of another life; what it refuses does not happen."""
        with suppress(DomainError):
            command(self.account)
        return self._collected()

    def _collected(self) -> list[Event]:
        recorded = list(self.account.collect_events())
        self.events += recorded
        return recorded

    @property
    def state(self) -> AccountState:
        """The state the account is in."""
        return self.account.state

    def replayed(self) -> AccountState:
        """The state that the events alone give."""
        opened, *rest = self.events
        state = begin(opened)  # type: ignore[arg-type]
        for event in rest:
            evolve(state, event)  # type: ignore[arg-type]
        return state

    def _command(self, move: Move) -> tuple[str, Command]:  # noqa: C901 (one case a kind)
        at, name = self.clock, f"{move.kind}-{len(self.done)}"
        dollars = USD.of("1.25") * (move.ticks * move.quantity)
        match move.kind:
            case "trade":
                trade = self._trade(name, move)
                return name, lambda account: account.record_trade(trade)
            case "buy" | "sell":
                fill = self._fill(name, move)
                return name, lambda account: account.record_fill(fill)
            case "mark":
                return name, lambda account: account.mark_equity(open_pnl=dollars, at=at)
            case "result":
                return name, lambda account: account.record_result(
                    result_id=name, net=dollars, at=at
                )
            case "close":
                return name, self._close(move)
            case "look":
                return name, lambda account: account.pass_time(at)
            case "note":
                release = self._release(name, move)
                return name, lambda account: account.note_release(release, at=at)
            case "void":
                known = [each for each, _ in self.done if each[:4] in ("trad", "buy-", "sell")]
                target = known[-1 - move.number % len(known)] if known else "none"
                return name, lambda account: account.void(id=target, at=at, reason="test")
            case "request":
                amount = USD.of("10.00") * (move.number + 1)
                return name, lambda account: account.request_payout(
                    payout_id=name, amount=amount, at=at
                )
            case "approve" | "reject" | "cancel" | "pay":
                return name, self._decide(move)
            case _:
                return self._again(move)

    def _decide(self, move: Move) -> Callable[[TradingAccount], object]:
        """Something happens to the pending payout, or to one that was asked for before."""
        at, book = self.clock, self.state.payouts
        payout = next(iter([*book.pending, *book.seen][move.number // 6 :]), "none")
        grounds = Grounds(
            reasons=("data_in_doubt",),
            explanation="Prices are in doubt.",
            evidence=(self.account.version,),
        )
        acts: dict[str, Callable[[TradingAccount], object]] = {
            "approve": lambda account: account.approve_payout(payout_id=payout, at=at),
            "reject": lambda account: account.reject_payout(
                payout_id=payout, grounds=grounds, at=at
            ),
            "cancel": lambda account: account.cancel_payout(payout_id=payout, at=at),
            "pay": lambda account: account.pay_payout(payout_id=payout, reference="w", at=at),
        }
        return acts[move.kind]

    def _again(self, move: Move) -> tuple[str, Command]:
        """Something that was told before, with the time it was told with."""
        if move.number >= len(self.done):
            return self._idle()
        again = self.done[move.number]
        self.told_at = next(at for at, command in self.inputs if command is again[1])
        return again

    @staticmethod
    def _idle() -> tuple[str, Command]:
        return "idle", lambda account: account

    def _trade(self, name: str, move: Move) -> Any:
        profit = str(USD.of("1.25") * (move.ticks * move.quantity))
        made = a_trade(name, profit, quantity=move.quantity, fees="0.37", day=self._date)
        return _moved(
            made,
            entered_at=max(OPENED, self.clock - timedelta(minutes=move.number * 400)),
            exited_at=self.clock,
        )

    def _fill(self, name: str, move: Move) -> Any:
        price = str(USD.of("5000.00") + USD.of("0.25") * move.ticks)
        made = a_fill(name, move.kind, quantity=move.quantity, price=price, fees="0.37")
        return _moved(made, executed_at=self.clock)

    @property
    def _date(self) -> date:
        return self.clock.date()

    def _release(self, name: str, move: Move) -> Release:
        return Release.of(
            release_id=name,
            title="CPI",
            released_at=self.clock + timedelta(minutes=move.ticks),
            impact="high" if move.quantity > 1 else "medium",
            roots=["MES"] if move.number % 2 else None,
        )

    def _close(self, move: Move) -> Command:
        session = self.state.session
        day = session.day if session else next_trading_day(self.state.last_closed or MONDAY)
        open_pnl = USD.of("1.25") * move.ticks if self.state.lots else None
        self.told_at = session_close(day)
        self.clock = max(self.clock, session_open(next_trading_day(day)))
        return lambda account: account.close_day(day=day, at=session_close(day), open_pnl=open_pnl)


def _moved(made: Any, **times: Any) -> Any:
    return replace(made, **times)
