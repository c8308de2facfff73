"""The parts of an account: its limits, its objectives, and what it has open."""

from __future__ import annotations

from pydantic import Field

from interfaces.http.fields import Money, Wire


class LimitOut(Wire):
    """A loss limit: the level in force, and the money left until it."""

    floor: Money
    left: Money


class TargetOut(Wire):
    """The profit asked for, and whether it is there."""

    required: Money
    reached: bool = Field(examples=[False])


class ConsistencyOut(Wire):
    """The best day over its base."""

    ratio: str | None = Field(
        description="Rounded half up to four places; null while the base is not positive",
        examples=["0.3125"],
    )
    met: bool = Field(examples=[True])


class PositionOut(Wire):
    """Open contracts of one series; below zero is short."""

    series: str = Field(examples=["ESH6"])
    root: str = Field(examples=["ES"])
    quantity: int = Field(examples=[2])
