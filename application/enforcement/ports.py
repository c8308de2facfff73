"""What enforcement needs of the world outside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID


class TradingPlatform(Protocol):
    """Where the firm's accounts are traded. Every order may come more than once.

    Orders under one `key` are one order; `reason` is a sentence for people. They raise
    PlatformUnavailable when it may be tried again, and PlatformRefused when that is of no use.
    """

    def flatten(self, account_id: UUID, *, key: str, reason: str) -> None:
        """Cancel the account's orders and close its positions at the market."""

    def lock_until(self, account_id: UUID, *, until: datetime, key: str, reason: str) -> None:
        """Let the account open nothing before `until`."""

    def disable(self, account_id: UUID, *, key: str, reason: str) -> None:
        """Let the account open nothing ever again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """One order to the platform, by one policy for one event: at most one for the two of them."""

    policy: str
    event_id: UUID
    account_id: UUID
    action: str
    payload: Mapping[str, str]

    @property
    def key(self) -> str:
        """Under which the platform knows the order however often it comes."""
        return f"{self.policy}:{self.event_id}"
