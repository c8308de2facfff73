"""The hot loop: most marks say nothing new, and leave at the price of a look-up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from application.marks.mark import Delivery, Mark
from application.marks.ports import Entry
from application.marks.watch import Watch

Plain: TypeAlias = tuple[int, int, bytes, Delivery, int]
"""A `Mark` without its names: making a named tuple costs more than judging it."""


def intake(
    entry: Entry, *, number: int, age_max: int, ahead_max: int
) -> tuple[list[Plain], list[Plain]]:
    """The marks of an entry in time for its arrival, and those that were too old or too far ahead.

    Only the arrival counts, so that a backlog is not refused and a second delivery decides alike.
    """
    oldest, newest = entry.arrived_at - age_max, entry.arrived_at + ahead_max
    delivery = entry.delivery
    timely = [
        (at, open_pnl, account, delivery, number)
        for account, at, open_pnl in entry.marks
        if oldest <= at <= newest
    ]
    if len(timely) == len(entry.marks):
        return timely, []
    others = [
        (at, open_pnl, account, delivery, number)
        for account, at, open_pnl in entry.marks
        if not oldest <= at <= newest
    ]
    return timely, others


def sift(marks: Sequence[Plain], watches: Mapping[bytes, Watch]) -> dict[bytes, list[Mark]]:
    """Let pass what says nothing new; return the rest by account, in order.

    Once a mark of an account waits, those after it wait behind it.
    """
    waiting: dict[bytes, list[Mark]] = {}
    look_up = watches.get
    for mark in marks:
        at, open_pnl, account, _, _ = mark
        watch = look_up(account)
        if (
            watch is not None
            and watch.since <= at < watch.until
            and watch.low < open_pnl <= watch.high
            and -watch.reach <= open_pnl - watch.pnl <= watch.reach
        ):
            watch.pnl = open_pnl
            watch.since = watch.marked_at = at
        elif account in waiting:
            waiting[account].append(Mark._make(mark))
        else:
            waiting[account] = [Mark._make(mark)]
            if watch is not None:
                watch.hold()
    return waiting
