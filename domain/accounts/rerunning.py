"""A history run again: the reports of an account, told to a fresh one under any rule pack."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import cast

from domain.accounts.account import TradingAccount
from domain.accounts.events import AccountEvent, AccountOpened
from domain.accounts.events_packs import PackChanged
from domain.accounts.retelling import FINDINGS, retell
from domain.errors import DomainError
from domain.rules.canonical import pack_from_text
from domain.rules.pack import RulePack


@dataclass(frozen=True, slots=True)
class Rerun:
    """What one recorded event came to: what the account made of it, or why it refused.

    `account` is the one account of the whole run, as it stands after this event. `made` are its
    new events; for a recorded finding those that time alone had broken by then, and none for a move
    when the whole run is under one given pack.
    """

    told: AccountEvent
    account: TradingAccount
    made: tuple[AccountEvent, ...]
    refusal: DomainError | None = None


def rerun(
    history: Iterable[AccountEvent], *, pack: RulePack | None = None, trusting: bool = False
) -> Iterator[Rerun]:
    """Run a history again, event by event; under its own pack when none is given.

    The first event is the opening. Under another pack an account may end early and refuse the
    rest, or live on where the history ends: what comes after was never reported. `trusting` takes
    computed profits from the events, which is twice as fast; see `retell`.
    """
    account: TradingAccount | None = None
    for event in history:
        if account is None:
            assert isinstance(event, AccountOpened), "a history begins with its opening"
            account = _opened(event, pack)
            yield Rerun(event, account, _made(account))
        elif isinstance(event, FINDINGS):
            retell(account, event)
            yield Rerun(event, account, _made(account))
        elif pack is not None and isinstance(event, PackChanged):
            yield Rerun(event, account, ())
        else:
            refusal = _told(account, event, trusting=trusting)
            yield Rerun(event, account, _made(account), refusal)


def _opened(event: AccountOpened, pack: RulePack | None) -> TradingAccount:
    return TradingAccount.open(
        account_id=event.originator_id,
        trader_id=event.trader_id,
        plan=event.plan,
        pack=pack or pack_from_text(event.pack),
        at=event.effective_at,
    )


def _told(account: TradingAccount, event: AccountEvent, *, trusting: bool) -> DomainError | None:
    try:
        retell(account, event, trusting=trusting)
    except DomainError as refusal:
        return refusal
    return None


def _made(account: TradingAccount) -> tuple[AccountEvent, ...]:
    return cast("tuple[AccountEvent, ...]", tuple(account.collect_events()))
