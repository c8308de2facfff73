"""Made-up files: one good row, and what is changed in it."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from application.imports.reading import Reading
from infrastructure.importers.topstepx import TopstepXExport
from infrastructure.importers.yourpropfirm import YourPropFirmHistory

DATA = Path(__file__).parents[2] / "data"
REAL = (DATA / "topstepx_trades_2025-10.csv").read_bytes()
HISTORY = (DATA / "yourpropfirm_history.json").read_bytes()

GOOD = {
    "Id": "1001",
    "ContractName": "MESZ5",
    "EnteredAt": "10/13/2025 10:00:00 -05:00",
    "ExitedAt": "10/13/2025 10:30:00 -05:00",
    "EntryPrice": "6700.250000000",
    "ExitPrice": "6702.750000000",
    "Fees": "2.48000",
    "PnL": "25.000000000",
    "Size": "2",
    "Type": "Long",
    "TradeDay": "10/13/2025 00:00:00 -05:00",
    "TradeDuration": "00:30:00",
    "Commissions": "",
}
HEADER = ",".join(GOOD)

CLOSED: dict[str, object] = {
    "id": 1001,
    "tradeSymbol": "MESH6",
    "command": "Buy",
    "volume": 2,
    "openPrice": 6890.25,
    "closePrice": 6892.75,
    "profit": 25,
    "commission": -2.48,
    "openTime": "2026-01-13T15:00:00Z",
    "closeTime": "2026-01-13T15:30:00Z",
    "state": "ClosedNormal",
}


def line(**changes: str) -> str:
    """One line of CSV."""
    return ",".join({**GOOD, **changes}.values())


def export(*lines: str) -> bytes:
    """A whole CSV file."""
    return "\r\n".join([HEADER, *lines, ""]).encode()


def read_lines(*lines: str) -> Reading:
    return TopstepXExport().read(export(*lines))


def read_trades(*trades: object) -> Reading:
    return YourPropFirmHistory().read(json.dumps(trades).encode())


def closed(**changes: Any) -> dict[str, object]:
    """One trade of a history; a change to `...` leaves the key out."""
    return {key: value for key, value in {**CLOSED, **changes}.items() if value is not ...}


def many(count: int, *, first: date = date(2025, 10, 13), a_day: int = 40) -> bytes:
    """A CSV file of trades, so many a day on following weekdays."""
    lines = []
    for number in range(count):
        weeks, day = divmod(number // a_day, 5)
        start = datetime(first.year, first.month, first.day, 9, tzinfo=UTC)
        entered = start + timedelta(days=weeks * 7 + day, minutes=number % a_day)
        written = f"{entered:%m/%d/%Y %H:%M:%S} -05:00"
        lines.append(
            line(
                Id=str(10_000 + number),
                EnteredAt=written,
                ExitedAt=written,
                TradeDay=f"{entered:%m/%d/%Y} 00:00:00 -05:00",
            )
        )
    return export(*lines)
