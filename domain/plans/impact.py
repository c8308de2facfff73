"""An impact run: what another pack would have meant for the accounts there are.

The what-if command replays history under a new pack and writes such a document; so does a run over
the API. The registry reads of it which packs it compared, whom it judged and how much it looked at;
what it says beyond that is kept with it, and not read here.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Final

from domain.documents import Place, Unreadable, canonical_json, read_json

WHAT_IF: Final = "dynasty-ledger-whatif"
WHAT_IF_VERSION: Final = 1
FLIPS_MAX: Final = 10_000
OLD_PACKS_MAX: Final = 10_000
IMPACT_LENGTH_MAX: Final = 1_000_000
"""Characters of the canonical text. A run that flips more is a run to be thought over."""

_HASH: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Impact:
    """One run. `accounts` and `events` were replayed; `flips` counts the outcomes that changed.

    `old_pack_hashes` are those that the accounts were judged by; `new_pack_hash` is None where each
    was judged by its own again. `is_of_all`: every account that there was, over its whole life.
    `is_of_one`: a single account. `is_of_less`: as if less had been traded. `text` is the canonical
    JSON of the whole document, `hash` its SHA-256 in lower-case hex.
    """

    old_pack_hashes: tuple[str, ...]
    new_pack_hash: str | None
    accounts: int
    events: int
    flips: int
    text: str
    is_of_all: bool = False
    is_of_one: bool = False
    is_of_less: bool = False

    @property
    def hash(self) -> str:
        """By which a version names the run it was decided on."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def read_impact(text: str | bytes) -> Impact:
    """Read the JSON of a run. Raises Unreadable, naming the place."""
    return impact_of(read_json(text))


def impact_of(place: Place) -> Impact:
    """The run that a document says: a what-if summary, a run with its summary in it, or a list of
    flips between two packs. Raises Unreadable, naming the place.
    """
    if not isinstance(place.value, dict):
        place.refuse("an object is expected here.")
    if "summary" in place.value and "status" in place.value:
        if place.value["status"] != "done":
            place.member("status").refuse("the run is not done; wait until it is.")
        return impact_of(place.member("summary"))
    if place.value.get("format") == WHAT_IF:
        return _what_if(place)
    return _listed(place)


def _what_if(place: Place) -> Impact:
    if place.member("format_version").count() != WHAT_IF_VERSION:
        place.member("format_version").refuse(f"version {WHAT_IF_VERSION} is expected here.")
    old = place.member("old_pack_hash").items(at_most=OLD_PACKS_MAX)
    new = place.member("new_pack_hash")
    said = [place.member(key).value for key in ("account", "plan", "from", "to")]
    less = [place.member(key).value for key in ("size", "stop_after_first_loss", "without")]
    return Impact(
        old_pack_hashes=tuple(_hash(each) for each in old),
        new_pack_hash=None if new.value is None else _hash(new),
        accounts=place.member("accounts").count(),
        events=place.member("events").count(),
        flips=place.member("flips").count(),
        text=_canonical(place),
        is_of_all=not any(said),
        is_of_one=said[0] is not None,
        is_of_less=less != ["1", False, []],
    )


def _listed(place: Place) -> Impact:
    old, new = (_hash(place.member(key)) for key in ("old_pack_hash", "new_pack_hash"))
    if old == new:
        place.member("new_pack_hash").refuse("the run compared a pack with itself.")
    flips = place.member("flips").items(at_most=FLIPS_MAX)
    for each in flips:
        if not isinstance(each.value, dict):
            each.refuse("an object is expected here.")
    return Impact(
        old_pack_hashes=(old,),
        new_pack_hash=new,
        accounts=place.member("accounts").count(),
        events=place.member("events").count(),
        flips=len(flips),
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
