"""What the writers do: commands out of a seed and a number, each worth a known sum."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any, Final
from uuid import UUID

from application.accounts.commands import OpenAccount, RecordTrade
from application.accounts.handlers import open_account, record_trade
from application.context import CommandContext, IdempotencyKey, acting
from application.ledger import Ledger, Receipt
from application.pipeline import carry_out, fingerprint_of
from domain.accounts.account import TradingAccount
from domain.accounts.executions import Trade
from domain.documents import Place
from domain.money import USD
from domain.rules.pack import RulePack
from domain.rules.reading import read_pack

ACCOUNTS: Final = 60
OPENED_AT: Final = datetime(2026, 3, 1, 23, 0, tzinfo=UTC)
ENTERED_AT: Final = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
START: Final = USD.of("50000.00")
TRADER: Final = UUID(int=7)
SCOPE: Final = "faults"
_ENTRY: Final = Decimal(5_000)
_TICK: Final = Decimal("0.25")
_UNITS_A_TICK: Final = USD.of("1.25").units  # The micro S&P: five dollars a point.


def _pack(**rules: Any) -> RulePack:
    return read_pack(Place({"name": "faults", "starting_balance": "50000.00", **rules}))


LASTING: Final = _pack()
FRAGILE: Final = _pack(max_loss={"mode": "static", "amount": "500.00"})


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordPair:
    """One trader wins what another loses: two accounts in one append, or neither."""

    winner: UUID
    loser: UUID
    won: Trade
    lost: Trade


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAndFail:
    """An account that is opened and loses more than its pack allows, in one append."""

    account_id: UUID
    trade: Trade


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A command, and what it adds to the balance of each account that it touches, in units."""

    number: int
    command: RecordTrade | RecordPair | OpenAndFail | OpenAccount
    worth: Mapping[UUID, int]

    @property
    def key(self) -> str:
        """The caller's key, the same however often it is sent."""
        return f"command-{self.number}"

    def carry_out(self, ledger: Ledger) -> Receipt:
        """Send it under its key; its events carry the key as their request."""
        key = IdempotencyKey(scope=SCOPE, key=self.key, fingerprint=fingerprint_of(self.command))
        with acting(CommandContext(actor="writer", request_id=self.key, idempotency=key)):
            match self.command:
                case OpenAccount():
                    return carry_out(open_account, self.command, ledger)
                case RecordTrade():
                    return carry_out(record_trade, self.command, ledger)
                case RecordPair():
                    return carry_out(record_pair, self.command, ledger)
                case OpenAndFail():
                    return carry_out(open_and_fail, self.command, ledger)


def record_pair(command: RecordPair, ledger: Ledger) -> Receipt:
    """Book both trades, or none."""
    winner = ledger.load(TradingAccount, command.winner)
    loser = ledger.load(TradingAccount, command.loser)
    winner.record_trade(command.won)
    loser.record_trade(command.lost)
    return ledger.save(winner, loser)


def open_and_fail(command: OpenAndFail, ledger: Ledger) -> Receipt:
    """Open it and book the trade that ends it."""
    account = TradingAccount.open(
        account_id=command.account_id, trader_id=TRADER, plan="faults", pack=FRAGILE, at=OPENED_AT
    )
    account.record_trade(command.trade)
    return ledger.save(account)


def accounts_of(seed: int) -> Sequence[UUID]:
    """The accounts that all writers share."""
    random = _random(seed, "accounts")
    return [UUID(int=random.getrandbits(128), version=4) for _ in range(ACCOUNTS)]


def opening_of(seed: int) -> Sequence[Told]:
    """What opens them; these numbers are below those of all writers."""
    return [
        Told(
            number=number,
            command=OpenAccount(
                account_id=account, trader_id=TRADER, plan="faults", pack=LASTING, at=OPENED_AT
            ),
            worth={account: START.units},
        )
        for number, account in enumerate(accounts_of(seed))
    ]


def command_of(seed: int, number: int, accounts: Sequence[UUID]) -> Told:
    """The command of a number: mostly a trade, now and then a pair, or an account that fails."""
    random = _random(seed, number)
    kind = random.random()
    if kind < 0.75:
        account = random.choice(accounts)
        trade, worth = _trade(random, f"t-{number}", random.randint(-80, 80))
        return Told(
            number=number,
            command=RecordTrade(account_id=account, trade=trade),
            worth={account: worth},
        )
    if kind < 0.95:
        winner, loser = random.sample(accounts, 2)
        ticks = random.randint(1, 80)
        won, gain = _trade(random, f"w-{number}", ticks)
        lost, loss = _trade(random, f"l-{number}", -ticks)
        pair = RecordPair(winner=winner, loser=loser, won=won, lost=lost)
        return Told(number=number, command=pair, worth={winner: gain, loser: loss})
    failing = UUID(int=random.getrandbits(128), version=4)
    trade, loss = _trade(random, f"f-{number}", -400 - random.randint(0, 50))
    return Told(
        number=number,
        command=OpenAndFail(account_id=failing, trade=trade),
        worth={failing: START.units + loss},
    )


def _trade(random: Random, trade_id: str, ticks: int) -> tuple[Trade, int]:
    entered_at = ENTERED_AT + timedelta(seconds=random.randrange(3_600))
    trade = Trade.of(
        trade_id=trade_id,
        symbol="MESH6",
        side="long",
        quantity=1,
        entry_price=_ENTRY,
        exit_price=_ENTRY + ticks * _TICK,
        fees=USD(0),
        entered_at=entered_at,
        exited_at=entered_at + timedelta(seconds=30),
    )
    return trade, ticks * _UNITS_A_TICK


def _random(seed: int, what: object) -> Random:
    return Random(f"{seed} {what}")  # noqa: S311 (it must come again)
