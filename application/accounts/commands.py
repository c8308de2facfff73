"""What can be asked of a trading account. Commands ask; they may be refused.

`expected_version` is the version the caller decided on; None when any will do.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from domain.accounts.executions import Fill, Trade
from domain.market.releases import Release
from domain.money import USD
from domain.rules.pack import RulePack


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAccount:
    """Give a trader an account under a rule pack."""

    account_id: UUID
    trader_id: UUID
    plan: str
    pack: RulePack
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordTrade:
    """Book a closed round trip."""

    account_id: UUID
    trade: Trade
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordFill:
    """Book one execution."""

    account_id: UUID
    fill: Fill
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkEquity:
    """Take in the open profit of a moment."""

    account_id: UUID
    open_pnl: USD
    at: datetime
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PassTime:
    """Let it be `at`: what time alone breaks until then is pronounced."""

    account_id: UUID
    at: datetime
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteRelease:
    """Tell an account of scheduled news; `at` is when it is told."""

    account_id: UUID
    release: Release
    at: datetime
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseDay:
    """End a trading day; `open_pnl` is what stays open over it, if anything."""

    account_id: UUID
    day: date
    at: datetime
    open_pnl: USD | None = None
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VoidExecution:
    """Take back a trade or fill."""

    account_id: UUID
    execution_id: str
    at: datetime
    reason: str
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectExecution:
    """Put other facts in place of a trade or fill that was reported under the same id."""

    account_id: UUID
    corrected: Trade | Fill
    reason: str
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideRevision:
    """Apply or dismiss the revision of an outcome; `version` is that of the revision's event."""

    account_id: UUID
    version: int
    decision: Literal["applied", "dismissed"]
    reason: str
    at: datetime
    expected_version: int | None = None
