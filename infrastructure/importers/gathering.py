"""From judged rows to a reading: faults named, repetitions found, trades in order of their end."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from itertools import islice
from typing import Final, TypeAlias, TypeVar

from application.imports.errors import RepeatedDifferently
from application.imports.reading import ImportedTrade, Note, Reading, RowFault, RowPlace
from domain.errors import DomainError
from domain.market.calendar import trading_day_of

TRow = TypeVar("TRow")
Judged: TypeAlias = tuple[ImportedTrade | None, Sequence[Note]]

_PLACES_NAMED_MAX: Final = 5


def gather(
    *, source: str, rows: Iterable[tuple[RowPlace, TRow]], judge: Callable[[RowPlace, TRow], Judged]
) -> Reading:
    """Judge every row. What `judge` refuses is a fault of that row, and the rest goes on."""
    count = 0
    found: list[ImportedTrade] = []
    faults: list[RowFault] = []
    notes: list[Note] = []
    for place, row in rows:
        count += 1
        try:
            imported, said = judge(place, row)
            if imported:
                _refuse_unknown_days(imported)
                found.append(imported)
            notes += said
        except DomainError as refusal:
            faults.append(_fault(place, refusal))
    trades = _once_each(found, faults, notes)
    return Reading(
        source=source,
        rows=count,
        trades=tuple(sorted(trades, key=_closing)),
        faults=tuple(sorted(faults, key=lambda each: _number(each.place))),
        notes=tuple(sorted(notes, key=lambda each: _number(each.place))),
    )


def _once_each(
    found: Sequence[ImportedTrade], faults: list[RowFault], notes: list[Note]
) -> list[ImportedTrade]:
    """One row for each trade. Where rows disagree, which of them is right would be a guess."""
    by_id = defaultdict[str, list[ImportedTrade]](list)
    for each in found:
        by_id[each.trade.trade_id].append(each)
    once = []
    for rows in by_id.values():
        if all(each.trade == rows[0].trade for each in rows):
            once.append(rows[0])
            notes += [_repeated(each, first=rows[0]) for each in rows[1:]]
        else:
            faults += [_fault(each.place, _contradicted(each, rows)) for each in rows]
    return once


def _repeated(row: ImportedTrade, *, first: ImportedTrade) -> Note:
    return Note(
        place=row.place,
        kind="repeated",
        sentence=f"{row.trade.trade_id} is told at {first.place} already, word for word.",
    )


def _contradicted(row: ImportedTrade, rows: Sequence[ImportedTrade]) -> RepeatedDifferently:
    others = (str(each.place) for each in rows if each is not row)
    named = ", ".join(islice(others, _PLACES_NAMED_MAX))
    return RepeatedDifferently(
        f"The trade {row.trade.trade_id} is told again at {named} with other facts; none of them"
        " is imported. Leave only the right one in the file.",
        trade_id=row.trade.trade_id,
    )


def _refuse_unknown_days(row: ImportedTrade) -> None:
    """A trade outside the trading calendar could not be booked."""
    trading_day_of(row.trade.entered_at)
    trading_day_of(row.trade.exited_at)


def _closing(row: ImportedTrade) -> tuple[datetime, datetime, int, str]:
    """Ids of platforms count up: of two that tie, the shorter is the older."""
    trade = row.trade
    return trade.exited_at, trade.entered_at, len(trade.trade_id), trade.trade_id


def _number(place: RowPlace) -> int:
    return place if isinstance(place, int) else int(place.rpartition("/")[2])


def _fault(place: RowPlace, refusal: DomainError) -> RowFault:
    return RowFault(place=place, code=refusal.code, reason=refusal.sentence)
