"""How another rule pack comes into force: peak and money stay, every limit is the new pack's."""

from __future__ import annotations

from domain.accounts.events_packs import PackChanged
from domain.accounts.state import KNOWN_MAX, AccountState, NextPack
from domain.money import USD
from domain.rules.canonical import pack_from_text
from domain.rules.max_loss import fixed_by_payout
from domain.rules.pack import RulePack


def take_pack(state: AccountState, event: PackChanged) -> None:
    """The new pack waits for the close of the session that is open; else it is in force now."""
    _remember(state, f"consent:{event.statement_hash}", event.statement_hash)
    state.next_pack = NextPack(pack_from_text(event.pack), event.pack_hash)
    if state.session is None:
        put_in_force(state)


def put_in_force(state: AccountState) -> None:
    """Let the pack that waits, if any, judge from here on."""
    following = state.next_pack
    if following is None:
        return
    state.pack, state.pack_hash = following.pack, following.pack_hash
    state.fixed_floor, state.next_pack = fixed_floor_under(state, following.pack), None


def fixed_floor_under(state: AccountState, pack: RulePack) -> USD | None:
    """Where the payouts made so far put the floor by another pack."""
    return fixed_by_payout(pack) if state.payouts.paid_count else None


def _remember(state: AccountState, key: str, value: str) -> None:
    state.known[key] = value
    while len(state.known) > KNOWN_MAX:
        del state.known[next(iter(state.known))]
