"""An impact run: what another pack would have meant for the accounts there are.

The what-if command replays history under a new pack and writes such a document. The registry reads
of it which packs it compared and how much it looked at; what it says beyond that is kept with it,
and not read here.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Any, Final

from domain.documents import Place, Unreadable, canonical_json, read_json

FLIPS_MAX: Final = 10_000
IMPACT_LENGTH_MAX: Final = 1_000_000
"""Characters of the canonical text. A run that flips more is a run to be thought over."""

_HASH: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Impact:
    """One run. `accounts` and `events` were replayed; `flips` are the outcomes that changed.

    `text` is the canonical JSON of the whole document, `hash` its SHA-256 in lower-case hex.
    """

    old_pack_hash: str
    new_pack_hash: str
    accounts: int
    events: int
    flips: tuple[dict[str, Any], ...]
    text: str

    @property
    def hash(self) -> str:
        """By which a version names the run it was decided on."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def read_impact(text: str | bytes) -> Impact:
    """Read the JSON of a run. Raises Unreadable, naming the place."""
    return impact_of(read_json(text))


def impact_of(place: Place) -> Impact:
    """The run that a document says. Raises Unreadable, naming the place."""
    if not isinstance(place.value, dict):
        place.refuse("an object is expected here.")
    old, new = (_hash(place.member(key)) for key in ("old_pack_hash", "new_pack_hash"))
    if old == new:
        place.member("new_pack_hash").refuse("the run compared a pack with itself.")
    flips = place.member("flips").items(at_most=FLIPS_MAX)
    for each in flips:
        if not isinstance(each.value, dict):
            each.refuse("an object is expected here.")
    return Impact(
        old_pack_hash=old,
        new_pack_hash=new,
        accounts=place.member("accounts").count(),
        events=place.member("events").count(),
        flips=tuple(each.value for each in flips if isinstance(each.value, dict)),
        text=_canonical(place),
    )


def _canonical(place: Place) -> str:
    assert isinstance(place.value, dict)
    try:
        text = canonical_json(place.value)
    except ValueError as fault:
        raise Unreadable.at(place.pointer, "it holds a number that is not JSON.") from fault
    if len(text) > IMPACT_LENGTH_MAX:
        place.refuse(f"at most {IMPACT_LENGTH_MAX:,} characters are kept of a run.")
    return text


def _hash(place: Place) -> str:
    if not isinstance(place.value, str) or not _HASH.fullmatch(place.value):
        place.refuse("a SHA-256 in lower-case hex is expected here.")
    return place.value
