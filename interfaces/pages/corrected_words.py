"""A corrected history in words: what it says, what a person decided, and each of its steps."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

from domain.accounts.events import AccountEvent, FillRecorded, TradingDayClosed
from domain.accounts.events_corrections import HistoryCorrected
from domain.market.calendar import trading_day_of
from domain.market.contracts import price_text
from domain.money import USD
from projections.sentences import dollars, quantity_text, sentence_of

_CAME: Final = {
    "late": "was reported after its day was closed",
    "void": "was taken back",
    "replacement": "turned out to be another one",
}
_TITLES: Final = {
    "applied": "A revised outcome was applied",
    "dismissed": "A revised outcome was dismissed",
    "overtaken": "A revised outcome was overtaken",
}


def revision_title(decided: Mapping[str, Any]) -> str:
    """The heading of a decision on a revision, by its facts."""
    return _TITLES[decided["decision"]]


def why_revised(corrected: Mapping[str, Any], decided: Mapping[str, Any]) -> str:
    """What turned out, what it would change, and who settled it: one sentence."""
    correction, revised = corrected["correction"]["facts"], corrected["revision"]["facts"]
    return (
        f"The {correction['execution']} {correction['execution_id']} of {correction['trading_day']}"
        f" {_CAME[correction['correction']]}; by the history as it really was"
        f" {_outcome(revised)}; {_decision(decided)}."
    )


def _outcome(revised: Mapping[str, Any]) -> str:
    day, appears = revised["trading_day"], revised["change"] == "appears"
    if revised["outcome"] == "pass":
        return f"the account {'passed' if appears else 'did not pass'} on {day}"
    if revised["outcome"] == "payout":
        return f"a payout asked for on {day} would not have been allowed"
    if not appears:
        return f"the rule {revised['rule']} was not broken on {day}"
    unit = revised["unit"]
    observed, limit = (quantity_text(revised[each], unit) for each in ("observed", "limit"))
    return f"the rule {revised['rule']} was broken on {day}, {observed} against a limit of {limit}"


def _decision(decided: Mapping[str, Any]) -> str:
    reason, stands = decided["reason"].strip().rstrip("."), decided["status_after"]
    if decided["decision"] == "applied":
        return f"a person applied this, and the account is {stands}, for this reason: {reason}"
    if decided["decision"] == "dismissed":
        return (
            "a person dismissed this, so that what was pronounced stands and the account is"
            f" {stands}, for this reason: {reason}"
        )
    return f"a later correction took this away again, and the account is {stands}"


def corrected_sentence(event: AccountEvent, *, balance: USD) -> str:
    """A report in its place, with no figure that the correction changed."""
    stands = f"the balance is {dollars(balance.units)}"
    match event:
        case HistoryCorrected() if event.put_in is not None:
            said = _CAME[event.correction]
            return (
                f"The {event.execution} {event.execution_id}, which {said}, counts here; {stands}."
            )
        case TradingDayClosed():
            return f"The trading day {event.trading_day} closed; {stands}."
        case FillRecorded():
            done = "purchase" if event.action == "buy" else "sale"
            price = price_text(event.price)
            return f"A {done} of {event.quantity} {event.symbol} was filled at {price}; {stands}."
        case _:
            return sentence_of(event, balance=balance)


def corrected_finding(found: Mapping[str, Any]) -> str:
    """What the corrected history broke or reached at a step."""
    return f"The rule {found['rule']} is broken." if found["rule"] else "The account passes."


def decisive_step(corrected: Mapping[str, Any]) -> int | None:
    """Where the outcome that appears was found; None when it disappears."""
    revised = corrected["revision"]["facts"]
    if revised["change"] != "appears":
        return None
    rule = None if revised["outcome"] == "pass" else revised["rule"]
    day = date.fromisoformat(revised["trading_day"])
    for at, step in enumerate(corrected["steps"]):
        on = trading_day_of(datetime.fromisoformat(step["at"]))
        if on == day and any(each["rule"] == rule for each in step["found"]):
            return at
    return None
