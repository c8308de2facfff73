"""A funded account on a real ledger, and the commands on its payouts."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from application.accounts.payout_commands import (
    ApprovePayout,
    CancelPayout,
    PayPayout,
    RejectPayout,
    RequestPayout,
)
from application.ledger import Ledger
from domain.accounts.account import TradingAccount
from domain.accounts.payout_grounds import Grounds
from domain.kernel import Event
from domain.money import USD
from tests.support.builders import MONDAY, OPENED, TUESDAY, closing, earning, moment, pack_of

AT = moment(TUESDAY)
IN_DOUBT = Grounds(reasons=("data_in_doubt",), explanation="Prices are in doubt.", evidence=(2, 3))


def open_funded(ledger: Ledger, account_id: UUID, *, trader: UUID, **payout: Any) -> None:
    """An account with 4,000 of profit, its first day closed, at version 3."""
    account = TradingAccount.open(
        account_id=account_id,
        trader_id=trader,
        plan="test",
        pack=pack_of(phase="funded", payout=payout),
        at=OPENED,
    )
    for command in (earning("4000"), closing(MONDAY)):
        command(account)
    ledger.save(account)


def asking(account: UUID, payout: str, amount: str, *, at: datetime = AT) -> RequestPayout:
    return RequestPayout(account_id=account, payout_id=payout, amount=USD.of(amount), at=at)


def approving(account: UUID, payout: str, *, version: int | None = None) -> ApprovePayout:
    return ApprovePayout(account_id=account, payout_id=payout, at=AT, expected_version=version)


def rejecting(account: UUID, payout: str, *, grounds: Grounds = IN_DOUBT) -> RejectPayout:
    return RejectPayout(account_id=account, payout_id=payout, grounds=grounds, at=AT)


def cancelling(account: UUID, payout: str) -> CancelPayout:
    return CancelPayout(account_id=account, payout_id=payout, at=AT)


def paying(account: UUID, payout: str, *, reference: str = "wire") -> PayPayout:
    return PayPayout(account_id=account, payout_id=payout, reference=reference, at=AT)


def of_kind(events: Sequence[Event], kind: type[Any]) -> list[Any]:
    return [each for each in events if isinstance(each, kind)]
