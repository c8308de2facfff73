"""One mark, and the reasons for which one is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import IntEnum
from typing import Final, Literal, NamedTuple, TypeAlias
from uuid import UUID
from zlib import crc32

Refusal: TypeAlias = Literal[
    "stale",
    "future",
    "out_of_order",
    "superseded",
    "impossible_jump",
    "unknown_account",
    "malformed",
    "ended",
    "day_closed",
    "before_opening",
    "refused",
]
"""Why a mark was not taken in; docs/explanation/rules-engine.md says what each means."""

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


class Delivery(IntEnum):
    """How an entry came: for the first time; left by the owner before; or read by an instance that
    was no owner any more, so that nobody knows whether it was judged, and newer ones may be.
    """

    FIRST = 0
    AGAIN = 1
    STRAY = 2


class Mark(NamedTuple):
    """The open profit of a moment, in the order in which marks are applied.

    `at` is microseconds since 1970, `open_pnl` units of 1/10,000 dollar, `account` the bytes of the
    account's id. `delivery` is how the entry came that it was in; `entry` is the engine's number of
    it, 0 for a mark that is judged once more.
    """

    at: int
    open_pnl: int
    account: bytes
    delivery: Delivery = Delivery.FIRST
    entry: int = 0


def micros(at: datetime) -> int:
    """A moment as microseconds since 1970, exactly."""
    return (at - EPOCH) // _MICROSECOND


def moment_of(at: int) -> datetime:
    """The moment of so many microseconds since 1970."""
    return EPOCH + at * _MICROSECOND


def partition_of(account: UUID | bytes, partitions: int) -> int:
    """The partition of an account, the same in every process and release."""
    return crc32(account.bytes if isinstance(account, UUID) else account) % partitions
