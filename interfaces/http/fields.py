"""The words of the API: identifiers with a prefix, money as text, moments in UTC."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Annotated, Any, Final, Literal, TypeAlias
from uuid import UUID

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    WithJsonSchema,
)

from domain.documents import Place, Unreadable
from domain.money import EXPONENT, UNITS_PER_DOLLAR, USD

_UUID: Final = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_CONTROL: Final = r"\x00-\x1f\x7f-\x9f\u2028\u2029"
LINE: Final = rf"^[^{_CONTROL}]*[^{_CONTROL}\s][^{_CONTROL}]*$"
"""One line of text with something in it and no control characters."""


class Wire(BaseModel):
    """A document of the API: fields it does not know are refused, and nothing is converted."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def _parser(prefix: str, example: str) -> Callable[[object], object]:
    pattern = re.compile(rf"{prefix}_({_UUID})", re.ASCII)

    def parse(value: object) -> object:
        if isinstance(value, UUID):
            return value
        found = pattern.fullmatch(value) if isinstance(value, str) else None
        if found is None:
            raise ValueError(f"an identifier such as {example} is expected")
        return UUID(found[1])

    return parse


def _printer(prefix: str) -> Callable[[UUID], str]:
    return lambda value: f"{prefix}_{value}"


def _schema(prefix: str, example: str) -> dict[str, Any]:
    return {"type": "string", "pattern": f"^{prefix}_{_UUID}$", "examples": [example]}


def _read(reader: Callable[[Place], object], kind: type) -> Callable[[object], object]:
    def parse(value: object) -> object:
        if type(value) is kind:
            return value
        try:
            return reader(Place(value))
        except Unreadable as refusal:
            raise ValueError(str(refusal.facts["reason"])) from None

    return parse


def _rfc3339(value: datetime) -> str:
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


_ACCOUNT: Final = "acc_0199f3c2-7f00-7000-8000-000000000001"
_TRADER: Final = "trader_0199f3c2-7f00-7000-8000-000000000007"

AccountId: TypeAlias = Annotated[
    UUID,
    BeforeValidator(_parser("acc", _ACCOUNT)),
    PlainSerializer(_printer("acc"), return_type=str),
    WithJsonSchema(_schema("acc", _ACCOUNT)),
]
TraderId: TypeAlias = Annotated[
    UUID,
    BeforeValidator(_parser("trader", _TRADER)),
    PlainSerializer(_printer("trader"), return_type=str),
    WithJsonSchema(_schema("trader", _TRADER)),
]
Moment: TypeAlias = Annotated[
    datetime,
    BeforeValidator(_read(Place.moment, datetime)),
    PlainSerializer(_rfc3339, return_type=str),
    WithJsonSchema(
        {"type": "string", "format": "date-time", "examples": ["2025-10-14T19:40:00.123456Z"]}
    ),
]
Day: TypeAlias = Annotated[
    date,
    BeforeValidator(_read(Place.day, date)),
    WithJsonSchema({"type": "string", "format": "date", "examples": ["2025-10-14"]}),
]
Price: TypeAlias = Annotated[
    str, Field(pattern=r"^-?[0-9]{1,9}(\.[0-9]{1,12})?$", examples=["5003.25"])
]


class Money(Wire):
    """An amount of money: a decimal text, with four places when we answer."""

    amount: str = Field(pattern=r"^-?[0-9]{1,13}(\.[0-9]{1,4})?$", examples=["312.5000"])
    currency: Literal["USD"] = Field(examples=["USD"])

    def usd(self) -> USD:
        """The exact amount."""
        return USD.of(self.amount)


def money_of(units: int) -> Money:
    """Units of 1/10,000 dollar as the API writes them: always four places."""
    dollars, rest = divmod(abs(units), UNITS_PER_DOLLAR)
    sign = "-" if units < 0 else ""
    return Money(amount=f"{sign}{dollars}.{rest:0{EXPONENT}d}", currency="USD")


def money_or_none(units: int | None) -> Money | None:
    """The same, for an amount that may not apply."""
    return None if units is None else money_of(units)
