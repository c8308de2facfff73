"""Moving an account to another rule pack: with its trader's consent, and never into a breach."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from domain.accounts.consents import Consent, statement_hash_of
from domain.accounts.days import ended, turn_to
from domain.accounts.errors import AccountEnded
from domain.accounts.errors_packs import (
    ConsentNotGiven,
    MoveWouldBreach,
    OpenProfitUnknown,
    PackAlreadyHeld,
    PackChangePending,
    PackNotAlike,
)
from domain.accounts.events_packs import PackChanged
from domain.accounts.evolve_packs import fixed_floor_under
from domain.accounts.holdings import holdings_of, profit_at_close
from domain.accounts.judging import daily_floor_of, floor_of, measured
from domain.accounts.state import AccountState
from domain.accounts.trial import at_moment
from domain.accounts.verdicts import Recording
from domain.money import USD
from domain.rules.canonical import hash_of, text_of
from domain.rules.exposure import exceeded_limits
from domain.rules.pack import Basis, RulePack


def change_pack(
    account: Recording, *, pack: RulePack, consent: Consent, reason: str, at: datetime
) -> None:
    """Let another pack judge the account from its next session on. A consent is used once: used
    before, it changes nothing.
    """
    if f"consent:{consent.statement_hash}" in account.state.known:
        return
    state = at_moment(account.state, at)
    _insist_on_life(account, state)
    _insist_on_another(state, pack)
    _insist_on_consent(account, state, pack=pack, consent=consent, at=at)
    _insist_on_room(state, pack)
    day = turn_to(account, at, adding=False)
    account.record(
        PackChanged,
        at=at,
        from_hash=account.state.pack_hash,
        pack=text_of(pack),
        pack_hash=hash_of(pack),
        given_by=consent.given_by,
        given_at=consent.given_at,
        statement=consent.statement,
        statement_hash=consent.statement_hash,
        reason=reason,
        trading_day=day,
    )


def under(state: AccountState, pack: RulePack) -> AccountState:
    """The account as its next session would begin by another pack, were the day to close now.

    The peak is kept, and raised by that close where the pack in force trails it.
    """
    rule = state.pack.max_loss
    trails = rule is not None and rule.mode == "eod_trailing"
    return replace(
        state,
        pack=pack,
        pack_hash=hash_of(pack),
        peak=max(state.peak, state.balance) if trails else state.peak,
        fixed_floor=fixed_floor_under(state, pack),
        highest_close=max(state.highest_close, state.balance),
        day_start_balance=state.balance,
        day_start_equity=state.equity,
    )


def _insist_on_life(account: Recording, state: AccountState) -> None:
    if state.status == "failed":
        raise ended(account)
    if state.status == "passed":
        raise AccountEnded(
            "The account has passed; what comes next is a new account under a pack of its own.",
            account_id=str(account.id),
        )


def _insist_on_another(state: AccountState, pack: RulePack) -> None:
    if state.next_pack is not None:
        raise PackChangePending(
            f"The pack {state.next_pack.pack_hash} comes into force at the close of this session;"
            " move the account again after that.",
            next_pack_hash=state.next_pack.pack_hash,
        )
    if hash_of(pack) == state.pack_hash:
        raise PackAlreadyHeld(
            f"The account is judged by the pack {state.pack_hash} already; nothing would change.",
            pack_hash=state.pack_hash,
        )
    held = state.pack
    if (pack.starting_balance, pack.phase) != (held.starting_balance, held.phase):
        raise PackNotAlike(
            f"The account is a {held.phase} account of {held.starting_balance}, the pack is for"
            f" {pack.phase} accounts of {pack.starting_balance}; name a pack of the same two.",
            starting_balance=str(held.starting_balance),
            phase=held.phase,
        )


def _insist_on_consent(
    account: Recording, state: AccountState, *, pack: RulePack, consent: Consent, at: datetime
) -> None:
    if consent.given_by != state.trader_id:
        raise ConsentNotGiven(
            "The consent is not that of the account's trader; only the trader can agree to other"
            " rules.",
            fault="not_the_trader",
        )
    if consent.given_at >= at:
        raise ConsentNotGiven(
            f"The consent was given at {consent.given_at.isoformat()}, not before the move at"
            f" {at.isoformat()}; ask the trader first, then move the account.",
            fault="not_before_the_move",
        )
    needed = statement_hash_of(
        account_id=account.id,
        from_hash=state.pack_hash,
        pack_hash=hash_of(pack),
        given_by=consent.given_by,
        given_at=consent.given_at,
        statement=consent.statement,
    )
    if consent.statement_hash != needed:
        raise ConsentNotGiven(
            f"The hash of the consent is not that of these words for this account, from the pack"
            f" {state.pack_hash} to {hash_of(pack)}; ask the trader to agree to exactly that.",
            fault="other_words_or_packs",
            from_hash=state.pack_hash,
            pack_hash=hash_of(pack),
        )


def _insist_on_room(state: AccountState, pack: RulePack) -> None:
    """At a limit is refused too, whatever the pack says of reaching it: a move begins with room."""
    then = under(state, pack)
    loss, daily = pack.max_loss, pack.daily_loss
    if loss:
        _insist_above(then, loss.basis, floor_of(then), rule="max_loss")
    if daily:
        _insist_above(then, daily.basis, daily_floor_of(then), rule="daily_loss")
    holdings = holdings_of(state.lots)
    for root in sorted({held.root for held in holdings}):
        for each in exceeded_limits(
            pack, holdings, root=root, profit_at_close=profit_at_close(then)
        ):
            raise MoveWouldBreach(
                f"The account holds {each.observed} {each.unit} of {each.subject}, and the other"
                f" pack allows {each.limit}; reduce them first.",
                rule=each.rule,
                observed=str(each.observed),
                limit=str(each.limit),
            )


def _insist_above(state: AccountState, basis: Basis, floor: USD | None, *, rule: str) -> None:
    if floor is None:
        return
    if basis == "equity" and state.mark_is_old:
        raise OpenProfitUnknown(
            "Positions are open and something was executed after their profit was last told;"
            " record an equity mark first, then move the account."
        )
    level = measured(state, basis)
    if level <= floor:
        raise MoveWouldBreach(
            f"By the other pack the floor of {rule} is {floor}, and the account stands at {level};"
            " it would begin at or beyond its limit. Move it when it stands above.",
            rule=rule,
            observed=str(level),
            limit=str(floor),
        )
