"""The trade export of TopstepX and other ProjectX platforms: CSV, one closed round trip a line."""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Final

from typing_extensions import override

from application.imports.errors import BrokenRow, MissingColumn, NoHeader, UnknownSide
from application.imports.ports import TradeSource
from application.imports.reading import ImportedTrade, Note, Reading, RowPlace
from domain.accounts.events import Side
from domain.accounts.executions import Trade
from domain.market.calendar import trading_day_of
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

NEEDED: Final = (
    "Id", "ContractName", "EnteredAt", "ExitedAt", "EntryPrice", "ExitPrice", "Fees", "PnL", "Size",
    "Type",
)  # fmt: skip
_TIME: Final = re.compile(
    r"(?P<month>\d\d)/(?P<day>\d\d)/(?P<year>\d{4}) (?P<clock>\d\d:\d\d:\d\d)"
    r"(\.(?P<fraction>\d{1,9}))?( ?(?P<offset>[+-]\d\d:\d\d))?",
    re.ASCII,
)
_TIME_EXAMPLE: Final = "10/29/2025 02:34:55 -05:00"
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_SIDES: Final[Mapping[str, Side]] = {"long": "long", "short": "short"}


class TopstepXExport(TradeSource):
    """One line of the file is one row: a quoted field does not run over lines.

    `PnL` is before costs. Costs are `Fees`, of the whole round trip, and `Commissions` where given.
    """

    name = "topstepx"
    description = "Trades exported by TopstepX or another ProjectX platform (CSV)."

    @override
    def read(self, document: bytes) -> Reading:
        first, *rest = body_of(document).split(b"\n")
        header = _header(decoded(first))
        rows = [(place, line) for place, line in enumerate(rest, start=2) if line.strip()]
        refuse_rows(len(rows))
        return gather(source=self.name, rows=rows, judge=partial(_judge, header))


def _header(line: str) -> Sequence[str]:
    try:
        header = [each.strip() for each in _fields(line)]
    except BrokenRow as fault:
        raise NoHeader(f"The first line is not a header: {fault.sentence}") from fault
    if not set(NEEDED).intersection(header):
        raise NoHeader(
            f"The first line is not a header: {shown(line)}. Export the file with the names of its"
            f" columns; needed are {', '.join(NEEDED)}."
        )
    missing = [name for name in NEEDED if name not in header]
    twice = sorted({name for name in header if header.count(name) > 1})
    if missing or twice:
        raise MissingColumn(
            f"The header {_complaint(missing, twice)}; needed once each are {', '.join(NEEDED)}.",
            missing=missing,
            twice=twice,
        )
    return header


def _complaint(missing: Sequence[str], twice: Sequence[str]) -> str:
    said = [f"has no column {', '.join(missing)}"] if missing else []
    return " and ".join([*said, *(f"names {shown(name)} twice" for name in twice)])


def _judge(header: Sequence[str], place: RowPlace, line: bytes) -> Judged:
    fields = _fields(decoded(line))
    if len(fields) != len(header):
        raise BrokenRow(
            f"The line has {len(fields)} fields, but the header names {len(header)}; export the"
            " file again, or mend the line.",
            fields=len(fields),
        )
    row = dict(zip(header, fields, strict=True))
    trade = _trade(row)
    compared = compare_profit(
        trade, claimed=number_of("PnL", row["PnL"]), place=place, may_be_net=False
    )
    kept = replace(trade, reported=compared.reported)
    imported = ImportedTrade(place=place, trade=kept, basis=compared.basis)
    return imported, [*compared.notes, *_other_day(row.get("TradeDay", ""), trade, place)]


def _fields(line: str) -> list[str]:
    line = line.removesuffix("\r")
    if control := _CONTROL.search(line):
        column = control.start() + 1
        raise BrokenRow(
            f"The line holds the control character U+{ord(control[0]):04X} at column {column};"
            " export the file again, or mend the line.",
            column=column,
        )
    try:
        return next(csv.reader([line], strict=True))
    except csv.Error as fault:
        raise BrokenRow(
            f"The line cannot be split into fields ({fault}); check its quotes."
        ) from fault


def _trade(row: Mapping[str, str]) -> Trade:
    fees = money_of("Fees", row["Fees"])
    if row.get("Commissions", "").strip():
        fees += money_of("Commissions", row["Commissions"])
    return Trade.of(
        trade_id=identifier_of("Id", row["Id"]),
        symbol=text_of("ContractName", row["ContractName"]),
        side=_side(row),
        quantity=contracts_of("Size", row["Size"]),
        entry_price=text_of("EntryPrice", row["EntryPrice"]),
        exit_price=text_of("ExitPrice", row["ExitPrice"]),
        fees=fees,
        entered_at=moment_of("EnteredAt", row["EnteredAt"], _TIME, example=_TIME_EXAMPLE),
        exited_at=moment_of("ExitedAt", row["ExitedAt"], _TIME, example=_TIME_EXAMPLE),
        source=TopstepXExport.name,
    )


def _side(row: Mapping[str, str]) -> Side:
    text = text_of("Type", row["Type"])
    side = _SIDES.get(text.casefold())
    if side is None:
        raise UnknownSide(f"Type is {shown(text)}: Long or Short is expected.")
    return side


def _other_day(written: str, trade: Trade, place: RowPlace) -> Iterator[Note]:
    """The platform's own trading day, where it is another than the exchange's."""
    ours, text = trading_day_of(trade.exited_at), written.strip()
    if not text or _day(text) == ours:
        return
    yield Note(
        place=place,
        kind="trading-day-differs",
        sentence=(
            f"{trade.trade_id}: the platform's TradeDay is {shown(text)}, but it was closed in the"
            f" trading day {ours}, and is booked there."
        ),
        reported=str(_day(text) or text),
        computed=str(ours),
    )


def _day(text: str) -> date | None:
    found = _TIME.fullmatch(text)
    try:
        return date(int(found["year"]), int(found["month"]), int(found["day"])) if found else None
    except ValueError:
        return None
