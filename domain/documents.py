"""Strict reading of JSON documents: every fault is named by its JSON pointer and its reason."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any, NoReturn

from domain.errors import DomainError
from domain.money import USD, NotAnAmount

_RATIO = re.compile(r"\d{1,6}(\.\d{1,10})?", re.ASCII)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)
_CANONICAL = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
)
TEXT_LENGTH_MAX = 500
COUNT_MAX = 1_000_000_000


class Unreadable(DomainError):
    """A document is not what it should be, at one place, for one reason."""

    code = "unreadable-document"

    @classmethod
    def at(cls, pointer: str, reason: str) -> Unreadable:
        """The refusal of one place of a document."""
        return cls(f"{pointer or '(the whole document)'}: {reason}", pointer=pointer, reason=reason)


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse an object that says one thing twice: readers differ on which they believe."""
    found: dict[str, Any] = {}
    for key, value in pairs:
        if not _can_be_stored(key):
            raise Unreadable.at("", f"the key {key!r} holds a character that is no text.")
        if key in found:
            raise Unreadable.at("", f"the key {key!r} stands twice in one object.")
        found[key] = value
    return found


def _can_be_stored(text: str) -> bool:
    """Half a surrogate pair has no bytes, and PostgreSQL keeps no NUL in a text."""
    if text.isascii():
        return "\0" not in text
    return "\0" not in text and not any("\ud800" <= each <= "\udfff" for each in text)


def _no_constant(name: str) -> NoReturn:
    raise Unreadable.at("", f"{name} is not JSON.")


def read_json(text: str | bytes) -> Place:
    """Parse JSON text. Refuses with Unreadable, naming line and column."""
    try:
        return Place(json.loads(text, object_pairs_hook=_unique_keys, parse_constant=_no_constant))
    except UnicodeDecodeError as fault:
        raise Unreadable.at("", "the text is not UTF-8.") from fault
    except json.JSONDecodeError as fault:
        raise Unreadable.at(
            "", f"not JSON: {fault.msg} at line {fault.lineno}, column {fault.colno}."
        ) from fault
    except (RecursionError, ValueError) as fault:
        raise Unreadable.at(
            "", "not JSON that can be read: nested too deeply, or a number too long."
        ) from fault


@dataclass(frozen=True, slots=True)
class Place:
    """A value of a document and where it stands."""

    value: object
    pointer: str = ""

    def refuse(self, reason: str) -> NoReturn:
        """Refuse this place."""
        raise Unreadable.at(self.pointer, reason)

    def fields(
        self, *, required: Iterable[str] = (), optional: Iterable[str] = ()
    ) -> dict[str, Place]:
        """The members of an object. A null member counts as absent; an unknown one is refused."""
        if not isinstance(self.value, dict):
            self.refuse("an object is expected here.")
        required, allowed = tuple(required), {*required, *optional}
        for key in self.value:
            if key not in allowed:
                known = ", ".join(sorted(allowed))
                self.member(key).refuse(f"unknown key; known here: {known}.")
        found = {key: self.member(key) for key, value in self.value.items() if value is not None}
        for key in required:
            if key not in found:
                self.member(key).refuse("this key is required.")
        return found

    def entries(self) -> dict[str, Place]:
        """The members of an object with keys of its own choosing."""
        if not isinstance(self.value, dict):
            self.refuse("an object is expected here.")
        return {key: self.member(key) for key in self.value}

    def member(self, key: str) -> Place:
        """The place of one member, absent or not."""
        value = self.value.get(key) if isinstance(self.value, dict) else None
        escaped = key.replace("~", "~0").replace("/", "~1")
        return Place(value, f"{self.pointer}/{escaped}")

    def items(self, *, at_most: int) -> list[Place]:
        """The items of an array."""
        if not isinstance(self.value, list):
            self.refuse("an array is expected here.")
        if len(self.value) > at_most:
            self.refuse(f"at most {at_most} items are allowed.")
        return [Place(item, f"{self.pointer}/{index}") for index, item in enumerate(self.value)]

    def text(self, *, at_most: int = TEXT_LENGTH_MAX) -> str:
        """A text that is not empty."""
        if not isinstance(self.value, str):
            self.refuse("a text is expected here.")
        if not self.value.strip() or len(self.value) > at_most:
            self.refuse(f"a text of 1 to {at_most} characters is expected here.")
        if not _can_be_stored(self.value):
            self.refuse("this text holds a character that is no text.")
        return self.value

    def money(self) -> USD:
        """A decimal string with at most four places."""
        if isinstance(self.value, (int, float)):
            self.refuse('money is a decimal string such as "1250.00", never a number.')
        try:
            return USD.of(self.value)  # type: ignore[arg-type]
        except NotAnAmount:
            self.refuse('money is a decimal string such as "1250.00", with at most four places.')

    def amount(self) -> USD:
        """Money above zero."""
        money = self.money()
        if money.units <= 0:
            self.refuse("an amount above zero is expected here.")
        return money

    def not_negative(self) -> USD:
        """Money of zero or more."""
        money = self.money()
        if money.units < 0:
            self.refuse("an amount of zero or more is expected here.")
        return money

    def ratio(self) -> Decimal:
        """A decimal string above 0 and at most 1."""
        if not isinstance(self.value, str) or not _RATIO.fullmatch(self.value):
            self.refuse('a ratio is a decimal string such as "0.50", never a number.')
        ratio = Decimal(self.value)
        if not 0 < ratio <= 1:
            self.refuse("a ratio lies above 0 and is at most 1.")
        return ratio

    def multiple(self) -> Decimal:
        """A decimal string above 0, which may be more than 1."""
        if not isinstance(self.value, str) or not _RATIO.fullmatch(self.value):
            self.refuse('a multiple is a decimal string such as "2.5", never a number.')
        multiple = Decimal(self.value)
        if not multiple:
            self.refuse("a multiple lies above 0.")
        return multiple

    def decimal_text(self) -> str:
        """A decimal string, such as a price; its meaning is checked by whoever knows its tick."""
        if not isinstance(self.value, str):
            self.refuse('a price is a decimal string such as "5000.25", never a number.')
        return self.value

    def count(self, *, at_least: int = 0, at_most: int = COUNT_MAX) -> int:
        """A whole number."""
        if isinstance(self.value, bool) or not isinstance(self.value, int):
            self.refuse("a whole number is expected here.")
        if not at_least <= self.value <= at_most:
            self.refuse(f"a whole number from {at_least} to {at_most} is expected here.")
        return self.value

    def flag(self) -> bool:
        """True or false."""
        if not isinstance(self.value, bool):
            self.refuse("true or false is expected here.")
        return self.value

    def choice(self, *options: str) -> Any:
        """One of the given words. Typed Any: the caller's annotation names the Literal."""
        if self.value not in options or not isinstance(self.value, str):
            self.refuse(f"one of {', '.join(options)} is expected here.")
        return self.value

    def moment(self) -> datetime:
        """An RFC 3339 time with an offset, as UTC; what is finer than a microsecond is cut off."""
        if not isinstance(self.value, str) or not _MOMENT.fullmatch(self.value):
            self.refuse(
                'a time with an offset, such as "2026-03-02T10:00:00-06:00", is expected here.'
            )
        try:
            return datetime.fromisoformat(self.value.upper()).astimezone(UTC)
        except (ValueError, OverflowError):
            self.refuse("this time does not exist.")

    def day(self) -> date:
        """A calendar date."""
        if not isinstance(self.value, str) or not _DAY.fullmatch(self.value):
            self.refuse('a date such as "2026-03-02" is expected here.')
        try:
            return date.fromisoformat(self.value)
        except ValueError:
            self.refuse("this date does not exist.")

    def clock(self) -> time:
        """A time of day, Chicago's."""
        if not isinstance(self.value, str) or not _CLOCK.fullmatch(self.value):
            self.refuse('a time of day such as "15:10" is expected here.')
        return time.fromisoformat(self.value)


def canonical_json(document: Mapping[str, Any]) -> str:
    """One text for one meaning: sorted keys, no white space, text as it is."""
    return _CANONICAL.encode(document)
