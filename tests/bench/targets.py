"""What the ledger is to reach, and whether a run of the bench has found that it does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A figure by its section and its place there, and the bound that it must keep."""

    what: str
    section: str
    place: tuple[str, ...]
    bound: Decimal
    at_most: bool = False
    divisor: int = 1

    def figure(self, found: Mapping[str, Any]) -> Decimal | None:
        """What was measured; None when this section was not."""
        value: Any = found.get(self.section)
        for name in self.place:
            if value is None:
                return None
            value = value.get(name)
        return None if value is None else Decimal(str(value)) / self.divisor

    def met(self, figure: Decimal) -> bool:
        """Whether the figure keeps the bound."""
        return figure <= self.bound if self.at_most else figure >= self.bound


TARGETS: Final[Sequence[Target]] = (
    Target(
        what="16 clients, durable appends: times the stock recorder",
        section="append_16_clients", place=("over_stock_recorder",), bound=Decimal(8),
    ),
    Target(
        what="16 clients, durable appends: times bare prepared INSERTs",
        section="append_16_clients", place=("over_bare_inserts",), bound=Decimal(1),
    ),
    Target(
        what="64 clients, durable appends: times the stock recorder",
        section="append_64_clients", place=("over_stock_recorder",), bound=Decimal(15),
    ),
    Target(
        what="64 clients, durable appends: p99 in milliseconds",
        section="append_64_clients", place=("ours", "p99_us"), bound=Decimal(20), at_most=True,
        divisor=1_000,
    ),
    Target(
        what="live projection of all read models: events a second of a core",
        section="projection", place=("live_per_second_a_core",), bound=Decimal(10_000),
    ),
    Target(
        what="rebuild of all read models of a log of 10^6 events by two processes: events a second",
        section="long_rebuild", place=("two_processes_per_second",), bound=Decimal(30_000),
    ),
    Target(
        what="an append in a long log: times its cost in a short one",
        section="long_log_append_1_client", place=("p50_over_short",), bound=Decimal("1.2"),
        at_most=True,
    ),
    Target(
        what="the load of a stream in a long log: times its cost in a short one",
        section="long_log_stream_load", place=("p50_over_short",), bound=Decimal("1.2"),
        at_most=True,
    ),
)  # fmt: skip
