"""Consents to other packs, as a trader gives them."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from domain.accounts.account import TradingAccount
from domain.accounts.consents import Consent, statement_hash_of
from domain.accounts.trial import on_day
from domain.market.calendar import trading_day_of
from domain.rules.canonical import hash_of
from domain.rules.pack import RulePack

WORDS = "I agree to be judged by the new rules from my next session on."


def a_consent(
    *, account_id: UUID, from_hash: str, pack: RulePack, given_by: UUID, given_at: datetime
) -> Consent:
    """A consent to leave one pack for another."""
    statement_hash = statement_hash_of(
        account_id=account_id, from_hash=from_hash, pack_hash=hash_of(pack), given_by=given_by,
        given_at=given_at, statement=WORDS,
    )  # fmt: skip
    return Consent(
        given_by=given_by, given_at=given_at, statement=WORDS, statement_hash=statement_hash
    )


def consent_of(account: TradingAccount, pack: RulePack, *, at: datetime) -> Consent:
    """The consent of the account's own trader, given a minute before."""
    return a_consent(
        account_id=account.id,
        from_hash=on_day(account.state, trading_day_of(at)).pack_hash,
        pack=pack,
        given_by=account.state.trader_id,
        given_at=at - timedelta(minutes=1),
    )


def change_pack(account: TradingAccount, pack: RulePack, *, at: datetime) -> None:
    """Move an account as its trader agreed."""
    consent = consent_of(account, pack, at=at)
    account.change_pack(pack=pack, consent=consent, reason="new rules", at=at)


def moving(pack: RulePack, *, at: datetime, **other: Any) -> Callable[[TradingAccount], None]:
    """The command that moves an account; `other` stands in for parts of the consent."""

    def command(account: TradingAccount) -> None:
        given = consent_of(account, pack, at=at)
        parts = {name: getattr(given, name) for name in Consent.__dataclass_fields__}
        consent = Consent(**{**parts, **other})
        account.change_pack(pack=pack, consent=consent, reason="new rules", at=at)

    return command
