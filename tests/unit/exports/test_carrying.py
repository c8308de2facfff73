"""Which exports were given out with a figure that a correction changed."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from application.accounts.restatements import RestatedFigure, restated_figures
from domain.accounts.events import AccountEvent
from domain.exports.export import Export, Extent
from domain.kernel import Event
from tests.support.builders import ACCOUNT, OPENED
from tests.support.certificates import log_of
from tests.unit.accounts.test_corrections import Told, late, three_days

STEP = 3
"""Positions in the log of these tests lie so far apart."""


def corrected() -> Told:
    """Monday and Tuesday closed, a trade on Wednesday, then a late loss of Monday."""
    told = three_days()
    told.account.record_trade(late("-600"), told.history)
    told.new()
    return told


def export_up_to(head: int, **extent: Any) -> Event:
    """The record of an export that was made when the log stood there."""
    nothing: dict[str, Any] = dict.fromkeys(
        ("account", "actor", "event_types", "recorded_from", "recorded_before"), None
    )
    facts = {"events": 1, "log_head": head, "first_ledger_seq": 1, "last_ledger_seq": head}
    made = Export.made(
        manifest_sha256=f"{head:064d}",
        extent=Extent(**{**nothing, **facts, **extent}),
        made_by="cli:anna",
        at=OPENED + timedelta(days=3),
    )
    (event,) = made.collect_events()
    return event


def figures(
    events: Sequence[AccountEvent], *exports: Event
) -> dict[tuple[str, str], RestatedFigure]:
    """The restated figures of an account, with exports that were recorded at the end."""
    found = restated_figures(log_of([*events, *exports]), account_id=ACCOUNT)
    return {(each.subject, each.figure): each for each in found}


def position(events: Sequence[AccountEvent], topic: str, number: int = 0) -> int:
    """Where the event of this type stands in the log."""
    return [STEP * at for at, each in enumerate(events, 1) if topic == each.TOPIC][number]


def test_a_day_was_exported_from_its_close_to_its_correction() -> None:
    events = corrected().events
    close = position(events, "account.trading_day_closed")
    correction = position(events, "account.history_corrected")
    heads = (close - 1, close, correction - 1, correction)
    shown = figures(events, *(export_up_to(head) for head in heads))
    monday = shown["2026-03-02", "net"]
    assert (monday.shown, monday.now, monday.shown_seq) == ("1000.00", "400.00", close)
    assert [int(each.manifest_sha256) for each in monday.exports] == [close, correction - 1]


def test_a_balance_was_exported_since_the_trade_that_made_it() -> None:
    events = corrected().events
    trade = position(events, "account.trade_recorded", 2)
    shown = figures(events, export_up_to(trade - 1), export_up_to(trade))
    balance = shown["account", "balance"]
    assert (balance.shown, balance.now, balance.shown_seq) == ("51600.00", "51000.00", trade)
    assert [int(each.manifest_sha256) for each in balance.exports] == [trade]


DAY, BALANCE = ("2026-03-02", "net"), ("account", "balance")


@pytest.mark.parametrize(
    ("extent", "held"),
    [
        ({}, {DAY, BALANCE}),
        ({"account": ACCOUNT}, {DAY, BALANCE}),
        ({"account": UUID(int=404)}, set()),
        ({"event_types": ("account.trading_day_closed",)}, {DAY}),
        ({"event_types": ("account.trade_recorded",)}, set()),
        ({"actor": "admin:alice"}, {DAY}),
        ({"actor": "admin:bob"}, set()),
        ({"recorded_from": OPENED}, {DAY, BALANCE}),
        ({"recorded_from": OPENED + timedelta(seconds=2)}, {DAY}),
        ({"recorded_before": OPENED + timedelta(seconds=2)}, set()),
        ({"recorded_from": OPENED + timedelta(days=1)}, set()),
    ],
    ids=lambda each: str(each if isinstance(each, dict) else sorted(each)),
)
def test_filters_say_what_an_export_holds(
    extent: dict[str, Any], held: set[tuple[str, str]]
) -> None:
    events = corrected().events
    before = position(events, "account.history_corrected") - 1
    shown = figures(events, export_up_to(before, **extent))
    assert {each for each in (DAY, BALANCE) if shown[each].exports} == held


def test_an_export_without_corrections_holds_the_old_figure_even_if_it_came_later() -> None:
    events = corrected().events
    late_one = export_up_to(STEP * len(events), event_types=("account.trading_day_closed",))
    assert figures(events, late_one)["2026-03-02", "net"].exports


def test_a_figure_that_was_not_shown_was_not_exported() -> None:
    told = three_days()
    told.account.void(id="t-1", at=told.account.modified_on, reason="Busted.", history=told.history)
    told.new()
    shown = figures(told.events, export_up_to(STEP * len(told.events) - 1))
    assert all(each.exports for each in shown.values() if each.shown is not None)
    assert not any(each.exports for each in shown.values() if each.shown is None)
