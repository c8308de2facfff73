"""The figures of an account as one canonical text, and back: what a correction restates.

Who the account belongs to, its pack, its standing outcome, what was told of it and the identifiers
that it knows are no figures: a correction leaves them as they are.
"""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from types import NoneType, UnionType
from typing import Any, Final, Literal, get_args, get_origin, get_type_hints

from domain.accounts.state import AccountState
from domain.documents import canonical_json
from domain.money import USD
from domain.rules.canonical import decimal_text, document_of, pack_from_text
from domain.rules.pack import RulePack

KEPT: Final = frozenset(
    {"trader_id", "plan", "pack", "pack_hash", "status", "ended_by", "ended_at", "known"}
    | {"opened_at", "warned", "revisions", "excused"}
)
"""What a correction does not touch."""


def figures_of(state: AccountState) -> str:
    """All figures, as canonical JSON."""
    return canonical_json(
        {
            each.name: _plain(getattr(state, each.name))
            for each in fields(state)
            if each.name not in KEPT
        }
    )


def take_over(state: AccountState, figures: str) -> None:
    """Let the figures stand in place of those of the state."""
    hints = _hints(AccountState)
    for name, value in json.loads(figures).items():
        setattr(state, name, _read(hints[name], value))


def _plain(value: object) -> Any:
    match value:
        case USD():
            return value.units
        case Decimal():
            return decimal_text(value)
        case RulePack():
            return canonical_json(document_of(value))
        case datetime() | date():
            return value.isoformat()
        case dict():
            return {str(_plain(key)): _plain(held) for key, held in value.items()}
        case set() | frozenset():
            return sorted(_plain(each) for each in value)
        case list() | tuple():
            return [_plain(each) for each in value]
        case _ if is_dataclass(value):
            return {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
        case _:
            return value


_SCALARS: Final[dict[object, Any]] = {
    USD: USD,
    Decimal: Decimal,
    RulePack: pack_from_text,
    datetime: datetime.fromisoformat,
    date: date.fromisoformat,
}


def _read(kind: Any, value: Any) -> Any:
    if kind in _SCALARS:
        return _SCALARS[kind](value)
    origin, inner = get_origin(kind), get_args(kind)
    if origin is UnionType:
        (some,) = [each for each in inner if each is not NoneType]
        return None if value is None else _read(some, value)
    if origin is dict:
        return {_read(inner[0], key): _read(inner[1], held) for key, held in value.items()}
    if origin in (list, tuple, set, frozenset):
        return origin(_read(inner[0], each) for each in value)
    if isinstance(kind, type) and is_dataclass(kind):
        hints = _hints(kind)
        return kind(**{name: _read(hints[name], held) for name, held in value.items()})
    assert origin is Literal or kind in (str, int, bool), f"{kind} has no plain form"
    return value


@lru_cache(maxsize=32)
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)
