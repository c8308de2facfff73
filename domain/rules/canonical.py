"""The canonical form of a rule pack and the hash by which an account pins it.

Defaults are written out and absent rules left out, so that two packs of one meaning and one name
have one hash. Amounts, ratios and times are texts.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import time
from decimal import Decimal
from functools import lru_cache
from typing import Any, cast

from typing_extensions import override

from domain.documents import Place, canonical_json
from domain.money import USD
from domain.rules.pack import RulePack
from domain.rules.reading import read_pack


def document_of(pack: RulePack) -> dict[str, Any]:
    """The pack as a JSON document, in the shape that `read_pack` reads."""
    return cast("dict[str, Any]", _plain(pack))


def text_of(pack: RulePack) -> str:
    """The canonical form as text."""
    return _pinned(_Same(pack))[0]


def hash_of(pack: RulePack) -> str:
    """SHA-256 of the canonical form, in lower-case hex."""
    return _pinned(_Same(pack))[1]


class _Same:
    """A pack that is equal to itself alone, so that it can be looked up without being read."""

    __slots__ = ("pack",)

    def __init__(self, pack: RulePack) -> None:
        self.pack = pack

    @override
    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.pack is self.pack

    @override
    def __hash__(self) -> int:
        return id(self.pack)


@lru_cache(maxsize=1_024)
def _pinned(same: _Same) -> tuple[str, str]:
    """Text and hash; cached, since one pack opens many accounts."""
    text = canonical_json(document_of(same.pack))
    return text, hashlib.sha256(text.encode()).hexdigest()


@lru_cache(maxsize=1_024)
def pack_from_text(text: str) -> RulePack:
    """The pack that a canonical text says; cached, since many accounts share one."""
    return read_pack(Place(json.loads(text)))


def _plain(value: object) -> object:
    match value:
        case USD():
            return str(value)
        case Decimal():
            return decimal_text(value)
        case time():
            return value.strftime("%H:%M")
        case tuple():
            return [_plain(item) for item in value]
        case Mapping():
            return {str(key): _plain(item) for key, item in value.items()}
        case _ if is_dataclass(value):
            return _members(value)
        case _:
            return value


def _members(value: Any) -> dict[str, object]:
    found: dict[str, object] = {}
    for each in fields(value):
        member = getattr(value, each.name)
        if member is None or member in ((), {}):
            continue
        plain, wrapped = _plain(member), each.metadata.get("within")
        found[each.metadata.get("key", each.name)] = {wrapped: plain} if wrapped else plain
    return found


def decimal_text(value: Decimal) -> str:
    """Fixed notation without superfluous zeros: `0.5`, never `5E-1`."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
