"""The table of a payout's decision: every rule that was looked at, met or not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from domain.rules.payout_table import COMPARISONS
from interfaces.pages.markup import Markup, tag
from projections.sentences import quantity_text

_NAMES: Final = {
    "not_funded": "phase of the account",
    "not_active": "status of the account",
    "no_profit": "profit",
    "payout_pending": "asked for already",
    "day_profit": "profit of the day",
    "month_count": "payouts of the month",
    "month_cap": "total of the month",
    "below_minimum": "smallest amount",
    "above_maximum": "largest amount",
}
"""What is looked at, where the reason against it would not say so."""

_COLUMNS: Final = ("rule", "what there was", "what is required", "met")


def payout_part(facts: Mapping[str, Any]) -> Iterator[Markup]:
    """The rules by the payload of the decision; nothing where no rule decided."""
    rules = facts.get("rules")
    if not rules:
        return
    yield tag("h2", "Every rule that was looked at")
    head = tag("thead", tag("tr", *(tag("th", each, scope="col") for each in _COLUMNS)))
    yield tag("div", tag("table", head, tag("tbody", *map(_row, rules))), class_="scrolls")


def _row(rule: Mapping[str, Any]) -> Markup:
    unit, met = rule["unit"], rule["met"] == "true"
    compared = COMPARISONS[rule["rule"]].replace("_", " ").removeprefix("is")
    required = f"{compared} {_quantity(rule['required'], unit)}".strip()
    return tag(
        "tr",
        tag("td", _NAMES.get(rule["rule"], rule["rule"].replace("_", " "))),
        tag("td", _quantity(rule["current"], unit)),
        tag("td", required),
        tag("td", "yes" if met else "no", class_=None if met else "found"),
    )


def _quantity(text: str, unit: str) -> str:
    """Words say what they are; numbers say of what."""
    return text if unit in ("status", "phase", "ratio") else quantity_text(text, unit)
