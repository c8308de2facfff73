"""Scenario documents for tests."""

import json
from typing import Any

from application.scenarios.format import read_scenario
from application.scenarios.runner import Outcome, run_scenario

ES_TRADE = {
    "id": "1", "symbol": "ESH6", "side": "long", "quantity": 1, "entry_price": "5000.00",
    "exit_price": "5001.00", "fees": "2.50", "entered_at": "2026-03-02T10:00:00-06:00",
    "exited_at": "2026-03-02T10:05:00-06:00",
}  # fmt: skip
ES_FILL = {
    "id": "2", "symbol": "ESH6", "side": "buy", "quantity": 1, "price": "5000.00",
    "fees": "2.50", "at": "2026-03-02T10:00:00-06:00",
}  # fmt: skip
ORDER = {"symbol": "ESH6", "side": "buy", "quantity": 1, "at": "2026-03-02T10:00:00-06:00"}
EQUITY = {"open_pnl": "5.00", "at": "2026-03-02T10:00:00-06:00"}
DAY = {"date": "2026-03-02", "net_pnl": "5.00"}
NEWS = {"title": "CPI", "at": "2026-03-02T07:30:00-06:00", "impact": "high"}
PAYOUT = {"amount": "5.00", "at": "2026-03-02T10:00:00-06:00"}
VOID = {"id": "1", "at": "2026-03-02T11:00:00-06:00"}
STEPS: dict[str, dict[str, Any]] = {
    "trade": ES_TRADE, "fill": ES_FILL, "order": ORDER, "equity": EQUITY, "day": DAY,
    "close": {"date": "2026-03-02"}, "news": NEWS, "payout": PAYOUT, "void": VOID,
}  # fmt: skip


def document(*steps: dict[str, Any], **rules: Any) -> dict[str, Any]:
    """A scenario with a title and a starting balance."""
    return {
        "title": "a test",
        "rules": {"starting_balance": "50000.00", **rules},
        "steps": list(steps),
    }


def outcome_of(*steps: dict[str, Any], **rules: Any) -> Outcome:
    """What such a scenario comes to."""
    return run_scenario(read_scenario(json.dumps(document(*steps, **rules))))


def results_of(*steps: dict[str, Any], **rules: Any) -> list[dict[str, Any]]:
    """The result of each step."""
    return outcome_of(*steps, **rules).steps


def without(fields: dict[str, Any], key: str) -> dict[str, Any]:
    """The same with one field left out."""
    return {name: value for name, value in fields.items() if name != key}
