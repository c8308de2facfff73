"""A history run again: the reports of an account, told to a fresh one under any rule pack."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import cast

from domain.accounts.account import TradingAccount
from domain.accounts.events import AccountEvent, AccountOpened
from domain.accounts.events_packs import PackChanged
from domain.accounts.findings import is_finding
from domain.accounts.retelling import retell
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
    history: Iterable[AccountEvent],
    *,
    pack: RulePack | None = None,
    trusting: bool = False,
    warning: bool = True,
) -> Iterator[Rerun]:
    """Run a history again, event by event; under its own pack when none is given.

    The first event is the opening. To judge a corrected history under another pack, give its
    reports as `corrected` puts them. Under another pack an account may end early and refuse the
    rest, or live on where the history ends: what comes after was never reported. `trusting` takes
    computed profits from the events, which is twice as fast; see `retell`. Without `warning` no
    limit is told of before it is broken; verdicts are the same.
    """
    account: TradingAccount | None = None
    past: list[AccountEvent] = []
    for event in history:
        if account is None:
            assert isinstance(event, AccountOpened), "a history begins with its opening"
            account = _opened(event, pack)
            account.warns = warning
            yield Rerun(event, account, _made(account, past))
        elif is_finding(event):
            retell(account, event)
            yield Rerun(event, account, _made(account, past))
        elif pack is not None and isinstance(event, PackChanged):
            yield Rerun(event, account, ())
        else:
            refusal = _told(account, event, past, trusting=trusting)
            yield Rerun(event, account, _made(account, past), refusal)


def _opened(event: AccountOpened, pack: RulePack | None) -> TradingAccount:
    return TradingAccount.open(
        account_id=event.originator_id,
        trader_id=event.trader_id,
        plan=event.plan,
        pack=pack or pack_from_text(event.pack),
        at=event.effective_at,
    )


def _told(
    account: TradingAccount, event: AccountEvent, past: Sequence[AccountEvent], *, trusting: bool
) -> DomainError | None:
    try:
        retell(account, event, past, trusting=trusting)
    except DomainError as refusal:
        return refusal
    return None


def _made(account: TradingAccount, past: list[AccountEvent]) -> tuple[AccountEvent, ...]:
    made = cast("tuple[AccountEvent, ...]", tuple(account.collect_events()))
    past += made
    return made
