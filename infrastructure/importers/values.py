"""Reading single values. Every refusal names the column or key and the value."""

import re
from datetime import UTC, datetime
from decimal import Decimal

from application.imports.errors import MissingValue, NotAnIdentifier, NotANumber, NotATime
from domain.market.calendar_errors import TimeWithoutOffset
from domain.money import USD, NotAnAmount

_NUMBER = re.compile(r"-?\d{1,13}(\.\d{1,12})?", re.ASCII)
_WHOLE = re.compile(r"-?\d{1,9}(\.0{1,12})?", re.ASCII)
_IDENTIFIER = re.compile(r"[!-~]{1,100}", re.ASCII)
_DIGITS_MAX = 30
_SHOWN_MAX = 40
_MICROSECOND_PLACES = 6


def shown(value: object) -> str:
    """A value as a refusal names it: short, and safe to print."""
    text = str(value) if isinstance(value, (int, Decimal)) else repr(value)
    return text if len(text) <= _SHOWN_MAX else text[:_SHOWN_MAX] + "…"


def text_of(name: str, value: object) -> str:
    """A text, or a number in fixed notation. Refuses with MissingValue or NotANumber."""
    if value is None or (isinstance(value, str) and not value.strip()):
        raise MissingValue(f"{name} is missing; every closed trade has one.", name=name)
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    # The size comes first: the fixed notation of 1E+999999 is a megabyte of zeros.
    if isinstance(value, Decimal) and value.is_finite() and abs(value.adjusted()) < _DIGITS_MAX:
        return format(value, "f")
    raise NotANumber(f"{name} is {shown(value)}: neither a number nor a text.", name=name)


def number_of(name: str, value: object) -> Decimal:
    """A plain number. Refuses with MissingValue or NotANumber."""
    text = text_of(name, value)
    if not _NUMBER.fullmatch(text):
        raise NotANumber(
            f"{name} is {shown(value)}: not a plain number such as -137.50.", name=name
        )
    return Decimal(text)


def money_of(name: str, value: object) -> USD:
    """An amount of dollars. Refuses with MissingValue, NotANumber or NotAnAmount."""
    number = number_of(name, value)
    try:
        return USD.exactly(number)
    except NotAnAmount as fault:
        raise NotAnAmount(
            f"{name} is {shown(value)}: money has at most four decimal places.", name=name
        ) from fault


def contracts_of(name: str, value: object) -> int:
    """A whole number; whether it can be a trade is for the contract to say."""
    text = text_of(name, value)
    if not _WHOLE.fullmatch(text):
        raise NotANumber(f"{name} is {shown(value)}: not a whole number of contracts.", name=name)
    return int(text.partition(".")[0])


def identifier_of(name: str, value: object) -> str:
    """The platform's own identifier. Refuses with MissingValue, NotANumber or NotAnIdentifier."""
    text = text_of(name, value)
    if isinstance(value, Decimal) or not _IDENTIFIER.fullmatch(text):
        raise NotAnIdentifier(
            f"{name} is {shown(value)}: an identifier has 1 to 100 letters, digits and signs, and"
            " no spaces.",
            name=name,
        )
    return text


def moment_of(name: str, value: object, pattern: re.Pattern[str], *, example: str) -> datetime:
    """A time, in UTC. The pattern names year, month, day, clock, and if there, fraction and offset.

    Refuses with MissingValue, NotATime or TimeWithoutOffset. A fraction is cut to microseconds.
    """
    found = pattern.fullmatch(text_of(name, value))
    if found is None:
        raise NotATime(f"{name} is {shown(value)}: not a time such as {example}.", name=name)
    if found["offset"] is None:
        raise TimeWithoutOffset(
            f"{name} is {shown(value)}: it does not say how far it is from UTC, so its trading day"
            f" would be a guess; a time is written like {example}.",
            name=name,
        )
    fraction = (found["fraction"] or "")[:_MICROSECOND_PLACES].ljust(_MICROSECOND_PLACES, "0")
    written = (
        f"{found['year']}-{found['month']}-{found['day']}T{found['clock']}.{fraction}"
        f"{found['offset'].upper()}"
    )
    try:
        return datetime.fromisoformat(written).astimezone(UTC)
    except (ValueError, OverflowError) as fault:
        raise NotATime(f"{name} is {shown(value)}: there is no such time.", name=name) from fault
