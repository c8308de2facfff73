"""What a file of trades says once it is read: good rows, bad rows, and what is worth knowing."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from domain.accounts.executions import Trade

RowPlace: TypeAlias = int | str
"""A line of a text file, counted from 1 with the header, or a JSON pointer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedTrade:
    """A good row. `basis` says which profit the platform's own figure equals; "both" without costs.

    `trade.reported` is that figure before costs, as far as it can be held as money.
    """

    place: RowPlace
    trade: Trade
    basis: Literal["gross", "net", "both", "neither"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RowFault:
    """A bad row: where it stands, the permanent code of its fault, and the reason in words."""

    place: RowPlace
    code: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Something to know about a row that is not bad. Figures are texts; `difference` is what was
    reported less what was computed, in dollars.
    """

    place: RowPlace
    kind: Literal["profit-differs", "trading-day-differs", "not-closed", "repeated"]
    sentence: str
    reported: str | None = None
    computed: str | None = None
    difference: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A whole file. `trades` stand in the order in which they were closed, whatever the file's."""

    source: str
    rows: int
    trades: tuple[ImportedTrade, ...]
    faults: tuple[RowFault, ...]
    notes: tuple[Note, ...]
