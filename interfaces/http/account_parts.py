"""The parts of an account: its limits, its objectives, and what it has open."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from interfaces.http.fields import Moment, Money, Wire
from interfaces.http.reading import Row


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


class MarksOut(Wire):
    """Whether the open profit is known. `unknown` is never compliant: nothing vouches for it."""

    state: Literal["known", "unknown", "flat"] = Field(examples=["known"])
    since: Moment | None = Field(
        description="Known or unknown since then; null while flat, or when nobody ever told it"
    )


def marks_of(row: Row) -> MarksOut | None:
    """Of an account as it is now; None in a replay, which knows of no feed.

    Known is only what an instance of the rules engine watches at this moment.
    """
    if "marks_watched" not in row:
        return None
    if not row["positions"]:
        return MarksOut(state="flat", since=None)
    if row["marks_unknown_since"] is None and row["marks_last_at"] and row["marks_watched"]:
        return MarksOut(state="known", since=row["marks_last_at"])
    return MarksOut(state="unknown", since=row["marks_unknown_since"] or row["marks_last_at"])
