"""The trade history of YourPropFirm's client API: JSON, an array of trades."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Any, Final, cast

from typing_extensions import override

from application.imports.errors import (
    BrokenRow,
    MissingValue,
    NotClosed,
    NotJson,
    UnknownSide,
)
from application.imports.ports import TradeSource
from application.imports.reading import ImportedTrade, Note, Reading, RowPlace
from domain.accounts.events import Side
from domain.accounts.executions import Trade
from domain.money import USD
from infrastructure.importers.documents import body_of, decoded, refuse_rows
from infrastructure.importers.gathering import Judged, gather
from infrastructure.importers.profits import compare_profit
from infrastructure.importers.values import (
    contracts_of,
    identifier_of,
    moment_of,
    money_of,
    number_of,
    shown,
    text_of,
)

_TIME: Final = re.compile(
    r"(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)[Tt ](?P<clock>\d\d:\d\d:\d\d)"
    r"(\.(?P<fraction>\d{1,9}))?(?P<offset>[Zz]|[+-]\d\d:\d\d)?",
    re.ASCII,
)
_TIME_EXAMPLE: Final = "2026-03-02T15:30:00Z"
_SIDES: Final[Mapping[str, Side]] = {"buy": "long", "sell": "short"}
_CLOSED: Final = "closed"
_DIGITS_MAX: Final = 30


@dataclass(frozen=True, slots=True)
class _Ambiguous:
    """An object that says one thing twice: readers differ on which they believe."""

    key: str


class YourPropFirmHistory(TradeSource):
    """What `GET /users/{user}/accounts/{account}/history` answers, saved as a file.

    `commission` is a cost, whichever sign it is written with. `profit` may be before or after it.
    """

    name = "yourpropfirm"
    description = "Trade history from the YourPropFirm client API (JSON array)."

    @override
    def read(self, document: bytes) -> Reading:
        rows = _array(decoded(body_of(document)))
        refuse_rows(len(rows))
        placed = ((f"/{index}", row) for index, row in enumerate(rows))
        return gather(source=self.name, rows=placed, judge=_judge)


def _array(text: str) -> list[Any]:
    try:
        document = json.loads(
            text,
            parse_float=_fraction,
            parse_int=_whole,
            parse_constant=str,
            object_pairs_hook=_object,
        )
    except json.JSONDecodeError as fault:
        raise NotJson(
            f"The file is not JSON: {fault.msg} at line {fault.lineno}, column {fault.colno}.",
            line=fault.lineno,
            column=fault.colno,
        ) from fault
    except RecursionError as fault:
        raise NotJson("The file is not a trade history: it is nested too deeply.") from fault
    if not isinstance(document, list):
        raise NotJson(
            "The file is JSON, but not an array of trades; save the answer of the history endpoint"
            " as it is."
        )
    return document


def _fraction(text: str) -> Decimal | str:
    """Never a float. What is no number that fits stays text, and is refused where it stands."""
    try:
        return Decimal(text)
    except InvalidOperation:
        return text


def _whole(text: str) -> int | str:
    return int(text) if len(text) <= _DIGITS_MAX else text


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any] | _Ambiguous:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            return _Ambiguous(key)
        found[key] = value
    return found


def _judge(place: RowPlace, row: object) -> Judged:
    if isinstance(row, _Ambiguous):
        raise BrokenRow(f"The key {shown(row.key)} stands twice in one trade; which is right?")
    if not isinstance(row, dict):
        raise BrokenRow(f"A trade is a JSON object, and this is {shown(row)}.")
    facts = cast("dict[str, object]", row)
    if not _is_closed(facts):
        return None, [_open(facts, place)]
    trade = _trade(facts)
    compared = compare_profit(
        trade, claimed=number_of("profit", facts.get("profit")), place=place, may_be_net=True
    )
    kept = replace(trade, reported=compared.reported)
    return ImportedTrade(place=place, trade=kept, basis=compared.basis), compared.notes


def _is_closed(row: Mapping[str, object]) -> bool:
    """Refuses with MissingValue, or with NotClosed when state and close time disagree."""
    state = text_of("state", row.get("state"))
    says_closed = state.casefold().startswith(_CLOSED)
    has_end = row.get("closeTime") not in (None, "")
    if says_closed and not has_end:
        raise MissingValue(f"closeTime is missing, though the state is {shown(state)}.")
    if has_end and not says_closed:
        raise NotClosed(
            f"The state is {shown(state)}, which is none of the closed ones, though closeTime is"
            f" {shown(row['closeTime'])}. Ask the platform which is right."
        )
    return says_closed


def _open(row: Mapping[str, object], place: RowPlace) -> Note:
    return Note(
        place=place,
        kind="not-closed",
        sentence=(
            f"{shown(row.get('id'))} is not closed: its state is {shown(row['state'])} and it has"
            " no closeTime. Import it once it is."
        ),
    )


def _trade(row: Mapping[str, object]) -> Trade:
    commission = money_of("commission", row.get("commission"))
    return Trade.of(
        trade_id=identifier_of("id", row.get("id")),
        symbol=text_of("tradeSymbol", row.get("tradeSymbol")),
        side=_side(row),
        quantity=contracts_of("volume", row.get("volume")),
        entry_price=text_of("openPrice", row.get("openPrice")),
        exit_price=text_of("closePrice", row.get("closePrice")),
        fees=USD(abs(commission.units)),
        entered_at=moment_of("openTime", row.get("openTime"), _TIME, example=_TIME_EXAMPLE),
        exited_at=moment_of("closeTime", row.get("closeTime"), _TIME, example=_TIME_EXAMPLE),
        source=YourPropFirmHistory.name,
    )


def _side(row: Mapping[str, object]) -> Side:
    text = text_of("command", row.get("command"))
    side = _SIDES.get(text.casefold())
    if side is None:
        raise UnknownSide(f"command is {shown(text)}: Buy or Sell is expected.")
    return side
