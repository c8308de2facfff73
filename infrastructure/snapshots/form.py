"""An account as bytes, and back: exact, and the same bytes for the same account.

JSON: amounts are whole numbers of units, prices are decimals in texts, times are in UTC. Members
stand in the order of their classes, sets are sorted. Mappings keep their own order, which is part
of the state: what has been in one longest is forgotten first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final, get_type_hints

import msgspec

from domain.accounts.account import TradingAccount
from domain.accounts.state import AccountState, NextPack
from domain.kernel import UUID
from domain.rules.canonical import pack_from_text, text_of

_NAMES: Final = tuple(each.name for each in fields(AccountState))
# A pack is read from its text, which hundreds of accounts share.
_HINTS: Final = get_type_hints(AccountState) | {"pack": str, "next_pack": tuple[str, str] | None}
_State: Final = msgspec.defstruct(
    "_State", [(name, _HINTS[name]) for name in _NAMES], forbid_unknown_fields=True
)
_Document: Final = msgspec.defstruct(
    "_Document",
    [
        ("account_id", UUID),
        ("version", int),
        ("modified_on", datetime),
        ("opened_at", datetime),
        ("settled_at", datetime),
        ("state", _State),
    ],
    forbid_unknown_fields=True,
)
_decoder: Final = msgspec.json.Decoder(_Document)
_AS_THEY_ARE: Final = (str, int, type(None))


def encode_account(account: TradingAccount) -> bytes:
    """The account's bytes. Nothing may be pending; a float or a naive time is a TypeError."""
    assert not account.pending_events, "a snapshot is of what is recorded"
    assert not account.outlives_failure, "an account of a corrected past is nobody's account"
    document = {
        "account_id": str(account.id),
        "version": account.version,
        "modified_on": _plain(account.modified_on),
        "opened_at": _plain(account.opened_at),
        "settled_at": _plain(account.settled_at),
        "state": _plain_state(account.state),
    }
    return msgspec.json.encode(document)


def decode_account(written: bytes) -> TradingAccount:
    """The account. Anything that is not one's bytes is a ValueError or a DomainError."""
    document: Any = _decoder.decode(written)
    account = TradingAccount(document.account_id, document.modified_on)
    account.version = document.version
    account.opened_at, account.settled_at = document.opened_at, document.settled_at
    account.state = _state_of(document.state)
    return account


def differing_members(one: bytes, other: bytes) -> list[str]:
    """The names of what two accounts differ in, `state.balance` for one; all if one is none."""
    try:
        members, others = (_members(msgspec.json.decode(each)) for each in (one, other))
    except (msgspec.MsgspecError, ValueError, TypeError, AttributeError, KeyError):
        return ["all"]
    names = sorted(members.keys() | others.keys())
    missing = object()
    return [name for name in names if members.get(name, missing) != others.get(name, missing)] or [
        "order"
    ]


def _members(document: Mapping[str, Any]) -> dict[str, Any]:
    state = {f"state.{name}": held for name, held in document["state"].items()}
    return {**{name: held for name, held in document.items() if name != "state"}, **state}


def _state_of(held: Any) -> AccountState:
    state = object.__new__(AccountState)
    for name in _NAMES:
        setattr(state, name, getattr(held, name))
    state.pack = pack_from_text(held.pack)
    if held.next_pack is not None:
        text, pack_hash = held.next_pack
        state.next_pack = NextPack(pack_from_text(text), pack_hash)
    return state


def _plain_state(state: AccountState) -> dict[str, object]:
    following = state.next_pack
    own = {
        "pack": text_of(state.pack),
        "next_pack": following and (text_of(following.pack), following.pack_hash),
    }
    return {name: own[name] if name in own else _plain(getattr(state, name)) for name in _NAMES}


def _plain(value: Any) -> object:
    if type(value) in _AS_THEY_ARE or isinstance(value, bool):
        return value
    if is_dataclass(value):
        return {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, dict):
        return {_plain(key): _plain(held) for key, held in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(held) for held in value]
    if isinstance(value, set | frozenset):
        return sorted(value)
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise TypeError(f"{value!r} has no time zone, so it names no moment")
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal | UUID):
        return str(value)
    raise TypeError(f"{value!r} has no exact form: use an integer with its unit, or a Decimal")
