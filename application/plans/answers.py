"""What a text or a pack says of one place, and whether two of them say the same.

Four words stand for answers that are no value: `absent` (there is no such rule), `present` (there
is one, and its value is not said), `unpublished` (nothing is said), and a percentage of the size.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from domain.documents import Place
from domain.money import USD

ABSENT: Final = "absent"
PRESENT: Final = "present"
UNPUBLISHED: Final = "unpublished"

_NUMBER: Final = re.compile(r"-?\d{1,15}(\.\d{1,10})?", re.ASCII)
_HUNDRED: Final = 100


@dataclass(frozen=True, slots=True)
class Percent:
    """A percentage of an account's size, as a text gives it."""

    text: str

    def amount_of(self, size: USD) -> str:
        """The money that it makes of a size, exactly."""
        return f"{Decimal(str(size)) * Decimal(self.text) / _HUNDRED:.2f}"


def read_value(place: Place) -> Any:  # noqa: RET503 (a refusal does not return)
    """A text, a whole number, true or false, a table of these, or `{ percent = "5.33" }`."""
    match place.value:
        case bool():
            return place.flag()
        case int():
            return place.count()
        case str():
            return place.text()
        case {"percent": str() as percent} if len(place.entries()) == 1:
            if not _NUMBER.fullmatch(percent):
                place.refuse('a percentage such as "5.33" is expected here.')
            return Percent(percent)
        case dict():
            return {key: read_value(each) for key, each in place.entries().items()}
        case _:
            place.refuse("a text, a whole number, true, false or a table is expected here.")


def agree(one: Any, other: Any) -> bool:
    """Whether two answers about one place say the same; `2000.00` and `2000` do."""
    left, right = _plain(one), _plain(other)
    if PRESENT in (left, right):
        return ABSENT not in (left, right)
    return bool(left == right)


def shown(answer: Any) -> str:
    """An answer for people."""
    match answer:
        case None:
            return ABSENT
        case Mapping():
            return ", ".join(f"{key} {shown(each)}" for key, each in answer.items())
        case list() | tuple():
            return "; ".join(shown(each) for each in answer)
        case bool():
            return "yes" if answer else "no"
        case _:
            return str(answer)


def _plain(answer: Any) -> Any:
    match answer:
        case None | "allowed":
            # A rule that allows everything and no rule at all are one.
            return ABSENT
        case bool():
            return shown(answer)
        case int():
            return Decimal(answer)
        case str() if _NUMBER.fullmatch(answer):
            return Decimal(answer)
        case Mapping():
            return {key: _plain(each) for key, each in answer.items()}
        case list() | tuple():
            return [_plain(each) for each in answer]
        case _:
            return answer
