"""Random account histories: the real aggregate driven through steps that anything may choose."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any, Literal, NamedTuple, TypeAlias, cast
from uuid import UUID

from hypothesis import strategies as st

from application.ledger import Ledger
from domain.accounts.account import TradingAccount
from domain.accounts.events import AccountEvent
from domain.accounts.executions import Fill, Trade
from domain.accounts.payout_grounds import Grounds
from domain.documents import Place
from domain.errors import DomainError
from domain.market.calendar import next_trading_day, session_close, session_open, trading_day_of
from domain.market.releases import Release
from domain.money import USD
from domain.rules.pack import DailyLoss, RulePack
from domain.rules.reading import read_pack
from tests.support.consents import change_pack

Kind: TypeAlias = Literal[
    "trade", "buy", "sell", "mark", "close", "void", "result", "request", "approve", "reject",
    "cancel", "pay", "move", "time", "note", "late", "replace", "decide",
]  # fmt: skip
PAYOUT_KINDS: Sequence[Kind] = (
    "result", "result", "request", "request", "request", "approve", "approve", "approve", "pay",
    "pay", "pay", "reject", "cancel", "close", "trade",
)  # fmt: skip
CORRECTED_KINDS: Sequence[Kind] = (
    "trade", "trade", "trade", "buy", "sell", "mark", "close", "close", "void", "void", "late",
    "replace", "decide", "decide", "decide", "time",
)  # fmt: skip
KINDS: Sequence[Kind] = (
    "trade", "trade", "trade", "buy", "sell", "mark", "mark", "close", "void", "void", "result",
    "request", "request", "approve", "approve", "reject", "cancel", "pay", "pay", "move",
    "time", "note", "late", "replace", "decide",
)  # fmt: skip

BEGINNING = datetime(2026, 1, 5, 14, 30, tzinfo=UTC)
SYMBOLS = ("ESH6", "MESH6", "NQH6", "CLG6")
TICK = Decimal("0.25")

DOCUMENTS: Mapping[str, Mapping[str, Any]] = {
    "static": {
        "starting_balance": "25000.00",
        "max_loss": {"mode": "static", "amount": "1500.00"},
        "profit_target": "1500.00",
        "minimum_trading_days": 2,
        "position_limits": {"per_symbol": {"ES": 2, "MES": 20}, "others": "forbidden"},
    },
    "end of day": {
        "starting_balance": "50000.00",
        "max_loss": {"mode": "eod_trailing", "amount": "2000.00", "lock_at": "50000.00"},
        "daily_loss": {"effect": "lock_day", "amount": "1000.00"},
        "profit_target": "3000.00",
        "consistency": {"limit": "0.50"},
    },
    "intraday": {
        "starting_balance": "50000.00",
        "max_loss": {"mode": "intraday_trailing", "fraction_of_peak": "0.05"},
        "daily_loss": {"effect": "fail", "amount": "2400.00", "from": "highest_close"},
    },
    "funded": {
        "starting_balance": "50000.00",
        "phase": "funded",
        "max_loss": {
            "mode": "realised_trailing",
            "amount": "2500.00",
            "basis": "balance",
            "after_first_payout": "starting_balance",
        },
        "payout": {
            "winning_days": {"threshold": "150.00", "required": 1},
            "fraction_of_profit": "0.50",
            "trader_share": [{"from_payout": 1, "share": "0.90"}],
        },
    },
    "of time": {
        "starting_balance": "50000.00",
        "max_loss": {"mode": "eod_trailing", "amount": "2500.00"},
        "session": {"flat_by": "15:10", "weekend": "forbidden", "effect": "flag"},
        "news": {"minutes_before": 30, "minutes_after": 30, "effect": "lock_day"},
        "minimum_hold_seconds": 120,
        "inactivity_days": 7,
        "maximum_trading_days": 30,
        "open_loss": {"fraction": "0.30", "base_at_least": "900.00"},
        "stop_to_target_max": "5",
        "hedging": "forbidden",
    },
    "paid": {
        "starting_balance": "50000.00",
        "phase": "funded",
        "max_loss": {"mode": "eod_trailing", "amount": "1000.00"},
        "payout": {
            "cap_per_month": "900.00",
            "share_bands": [{"up_to_total": "200.00", "share": "1"}, {"share": "0.90"}],
        },
    },
    "no rules": {"starting_balance": "100000.00"},
}
PACKS: Mapping[str, RulePack] = {
    name: read_pack(Place({"name": name, **document})) for name, document in DOCUMENTS.items()
}


class Step(NamedTuple):
    """One thing that happens: how much of it, how far the price went, how long after the last."""

    kind: Kind
    size: int
    ticks: int
    minutes: int


@dataclass(frozen=True, slots=True)
class History:
    """The pack of an account, and what happens to it."""

    pack: str
    steps: Sequence[Step]


@dataclass(slots=True)
class Life:
    """An account, and the clock of what happens to it. What the account refuses does not happen."""

    account: TradingAccount
    clock: datetime
    executions: list[str] = field(default_factory=list)
    payouts: int = 0
    past: list[AccountEvent] = field(default_factory=list)
    releases: int = 0

    @classmethod
    def of(cls, pack: str, *, account_id: UUID, at: datetime = BEGINNING) -> "Life":
        """An account opened a moment ago."""
        trader_id = UUID(int=account_id.int % 7 + 1)
        account = TradingAccount.open(
            account_id=account_id, trader_id=trader_id, plan=pack, pack=PACKS[pack], at=at
        )
        life = cls(account, at)
        life.history()
        return life

    def live(self, step: Step) -> None:
        """Let one step happen, some minutes after the last."""
        self.clock += timedelta(minutes=step.minutes)
        self.history()
        with suppress(DomainError):
            self._do(step)
        self.history()

    def history(self) -> Sequence[AccountEvent]:
        """All events so far, saved or not."""
        pending = cast("Sequence[AccountEvent]", self.account.pending_events)
        self.past += [each for each in pending if each.originator_version > len(self.past)]
        return tuple(self.past)

    def _do(self, step: Step) -> None:  # noqa: C901, PLR0912 (one case a kind)
        dollars = USD.of("12.50") * step.ticks
        match step.kind:
            case "trade":
                self.account.record_trade(self._trade(step), self.history)
            case "late":
                late = self._trade(step, before=timedelta(days=step.size))
                self.account.record_trade(late, self.history)
            case "replace" if self.executions:
                id = self.executions[-(step.size % len(self.executions)) - 1]
                self.account.replace(
                    self._trade(step, id=id), reason="Corrected.", history=self.history
                )
            case "decide":
                self._decide_revision(step)
            case "buy" | "sell":
                self.account.record_fill(self._fill(step), self.history)
            case "mark":
                self.account.mark_equity(open_pnl=dollars, at=self.clock)
            case "close":
                self._close(step)
            case "void" if self.executions:
                id = self.executions[-(step.size % len(self.executions)) - 1]
                reason = "The platform took it back."
                self.account.void(id=id, at=self.clock, reason=reason, history=self.history)
            case "result":
                self.account.record_result(result_id=self._next("r"), net=dollars, at=self.clock)
            case "request":
                self.payouts += 1
                amount = USD.of("50.00") * step.size
                self.account.request_payout(
                    payout_id=f"p-{self.payouts}", amount=amount, at=self.clock
                )
            case "time":
                self.account.pass_time(self.clock)
            case "note":
                self.account.note_release(self._release(step), at=self.clock)
            case "approve" | "reject" | "cancel" | "pay":
                self._decide(step)
            case "move":
                change_pack(self.account, another_pack(self.account, step.size), at=self.clock)
            case _:
                pass

    def _decide(self, step: Step) -> None:
        """Something happens to the pending payout, or now and then to the first there was."""
        account, book = self.account, self.account.state.payouts
        payout_id = next(iter(book.seen if step.size == 6 else book.pending), "none")
        match step.kind:
            case "approve":
                account.approve_payout(payout_id=payout_id, at=self.clock)
            case "cancel":
                account.cancel_payout(payout_id=payout_id, at=self.clock)
            case "pay":
                account.pay_payout(payout_id=payout_id, reference="wire", at=self.clock)
            case _:
                grounds = Grounds(
                    reasons=("data_in_doubt",),
                    explanation="The prices are in doubt.",
                    evidence=(account.version,),
                )
                account.reject_payout(payout_id=payout_id, grounds=grounds, at=self.clock)

    def _close(self, step: Step) -> None:
        session = self.account.state.session
        day = session.day if session else trading_day_of(self.clock)
        at = session_close(day)
        self.clock = max(self.clock, session_open(next_trading_day(day)))
        open_pnl = USD.of("12.50") * step.ticks if self.account.state.lots else None
        self.account.close_day(day=day, at=at, open_pnl=open_pnl)

    def _next(self, prefix: str) -> str:
        self.executions.append(f"{prefix}-{len(self.executions) + 1}")
        return self.executions[-1]

    def _decide_revision(self, step: Step) -> None:
        revisions = self.account.state.revisions.values()
        for each in [each for each in revisions if each.decision is None][-1:]:
            self.account.decide_revision(
                version=each.version,
                decision="applied" if step.size % 2 else "dismissed",
                reason="Looked at.",
                at=self.clock,
            )

    def _trade(
        self, step: Step, *, id: str | None = None, before: timedelta = timedelta(0)
    ) -> Trade:
        return Trade.of(
            trade_id=id or self._next("t"),
            symbol=SYMBOLS[step.size % len(SYMBOLS)],
            side="long" if step.minutes % 2 else "short",
            quantity=step.size,
            entry_price=5000 + TICK,
            exit_price=5000 + TICK * (step.ticks + 1),
            fees=USD.of("2.04") * step.size,
            entered_at=max(BEGINNING, self.clock - before - timedelta(minutes=3 * step.size)),
            exited_at=max(BEGINNING, self.clock - before),
        )

    def _release(self, step: Step) -> Release:
        self.releases += 1
        return Release.of(
            release_id=f"n-{self.releases}",
            title="CPI",
            released_at=self.clock + timedelta(minutes=step.ticks),
            impact="high" if step.size % 2 else "low",
            roots=("MES",) if step.size % 3 else None,
        )

    def _fill(self, step: Step) -> Fill:
        return Fill.of(
            fill_id=self._next("f"),
            symbol=SYMBOLS[step.size % 2],
            action=step.kind,
            quantity=step.size,
            price=5000 + TICK * step.ticks,
            fees=USD.of("1.02") * step.size,
            executed_at=self.clock,
        )


def another_pack(account: TradingAccount, size: int) -> RulePack:
    """The account's pack with another daily loss, under another name."""
    return replace(
        account.state.pack,
        name=f"moved-{size}",
        daily_loss=DailyLoss(effect="lock_day", amount=USD.of("400.00") * size),
    )


def steps(kinds: Sequence[Kind] = KINDS) -> st.SearchStrategy[Step]:
    """One step. Losses of several sizes, so that accounts lock, fail, pass and go on."""
    return st.builds(
        Step,
        kind=st.sampled_from(kinds),
        size=st.integers(1, 6),
        ticks=st.one_of(st.integers(-25, 30), st.integers(-90, 90)),
        minutes=st.sampled_from((1, 2, 7, 45, 200, 1_500)),
    )


def histories(*, steps_min: int = 0, steps_max: int = 30) -> st.SearchStrategy[History]:
    """One account's history; one in four is mostly about payouts, and one is soon passed or much
    corrected.
    """
    any_pack = st.sampled_from(sorted(PACKS))
    trading = st.lists(steps(), min_size=steps_min, max_size=steps_max)
    paying = st.lists(steps(PAYOUT_KINDS), min_size=steps_min, max_size=steps_max)
    earned = paying.map(lambda rest: [Step("result", 1, 80, 1), *rest])
    traded = st.builds(History, pack=any_pack, steps=trading)
    correcting = st.lists(steps(CORRECTED_KINDS), min_size=steps_min, max_size=steps_max)
    won = st.integers(0, 2).map(
        lambda days: [*(Step("result", 1, 62, 1), Step("close", 1, 0, 1))] * days
    )
    passing = st.builds(lambda first, rest: [*first, *rest], won, correcting)
    evaluated = st.sampled_from(("static", "end of day", "intraday", "of time"))
    return st.one_of(
        traded,
        traded,
        st.builds(History, pack=st.just("paid"), steps=earned),
        st.builds(History, pack=evaluated, steps=passing),
    )


def chance(seed: int | None = None) -> Random:
    """A source of chance; with a seed, the same one every time."""
    return Random(seed)  # noqa: S311 - nothing here is a secret.


def random_history(random: Random, *, steps: int) -> History:
    """The same, long and cheap: for what needs many events rather than small examples."""
    pack = random.choice(sorted(PACKS))
    kinds = PAYOUT_KINDS if pack == "paid" else KINDS
    chosen = [
        Step(
            kind=random.choice(kinds),
            size=random.randint(1, 2),
            ticks=random.randint(-12, 13),
            minutes=random.choice((1, 2, 7, 45)),
        )
        for _ in range(steps)
    ]
    return History(pack=pack, steps=chosen)


def lives(
    told: Iterable[History], *, first_account: int = 1
) -> Iterator[tuple[Life, Sequence[Step]]]:
    """The accounts of some histories, opened, and what is still to happen to each."""
    for number, history in enumerate(told, first_account):
        yield Life.of(history.pack, account_id=UUID(int=number)), history.steps


def record(ledger: Ledger, told: Iterable[History], *, first_account: int = 1) -> Sequence[UUID]:
    """Let all histories happen side by side, a step of each in turn, each step saved at once."""
    going = list(lives(told, first_account=first_account))
    for life, _ in going:
        ledger.save(life.account)
    for turn in range(max((len(ahead) for _, ahead in going), default=0)):
        for life, ahead in going:
            if turn < len(ahead):
                life.live(ahead[turn])
                ledger.save(life.account)
    return [life.account.id for life, _ in going]
