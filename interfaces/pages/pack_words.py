"""A rule pack in plain words, and every setting of it, so that none is left unsaid."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from domain.money import USD
from projections.sentences import dollars

_PEAKS: Final = {
    "static": "below the starting balance, and never moves",
    "eod_trailing": "below the highest closing balance, and rises with it at a close",
    "intraday_trailing": "below the highest equity, and rises with it at once",
    "realised_trailing": "below the highest balance, and rises with it at once",
}
_STARTS: Final = {
    "day_start_balance": "the balance at the start of the day",
    "day_start_equity": "the equity at the start of the day",
    "highest_close": "the highest closing balance",
}
_BREACH: Final = {"at_or_below": "reaches or falls below", "below": "falls below"}
_EFFECTS: Final = {
    "fail": "the account is over",
    "lock_day": "trading is locked until the next session",
    "flag": "it is put on record",
}


def rules_in_words(rules: Mapping[str, Any]) -> Iterator[str]:
    """One sentence for each rule that has words; the settings hold the rest."""
    start = rules.get("starting_balance")
    if start is not None:
        yield f"The account starts with {_money(start)}."
    for name, teller in _TELLERS.items():
        if name in rules:
            yield teller(rules[name])


def settings_of(rules: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Every setting of the pack by its path, such as `max_loss.mode`."""
    yield from _flat("", rules)


def _flat(path: str, value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key in sorted(value):
            yield from _flat(f"{path}.{key}" if path else key, value[key])
    elif isinstance(value, list):
        for at, each in enumerate(value):
            yield from _flat(f"{path}[{at}]", each)
    else:
        yield path, "true" if value is True else "false" if value is False else str(value)


def _max_loss(rule: Mapping[str, Any]) -> str:
    amount, share = rule.get("amount"), rule.get("fraction_of_peak")
    distance = _money(amount) if amount else f"{share} of the peak"
    where = _PEAKS.get(rule.get("mode", ""), "below the level it is measured from")
    lock = rule.get("lock_at")
    stop = f" It rises no further than {_money(lock)}." if lock else ""
    return (
        f"Maximum loss: the floor is {distance} {where}.{stop} When the {rule['basis']}"
        f" {_BREACH.get(rule['breach'], 'crosses')} it, the account is over."
    )


def _daily_loss(rule: Mapping[str, Any]) -> str:
    start = _STARTS.get(rule.get("from", ""), "the level it is measured from")
    share = rule.get("fraction_of_day_start")
    where = (
        f"{_money(rule['amount'])} below {start}"
        if "amount" in rule
        else f"{share} of {start} below it"
    )
    effect = _EFFECTS.get(rule["effect"], rule["effect"])
    return (
        f"Daily loss: the floor of the day is {where}. When the {rule['basis']}"
        f" {_BREACH.get(rule['breach'], 'crosses')} it, {effect}."
    )


def _target(target: str) -> str:
    return f"Target: a net profit of {_money(target)} passes the evaluation."


def _days(count: int) -> str:
    return f"Trading days: at least {count} before the account can pass."


def _consistency(rule: Mapping[str, Any]) -> str:
    effect = {
        "delay": "until it is so, the account does not pass",
        "raise_target": "otherwise the target rises until it is so",
    }.get(rule["effect"], rule["effect"])
    base = str(rule["of"]).replace("_", " ")
    return f"Consistency: the best day is at most {rule['limit']} of the {base}; {effect}."


def _limits(rule: Mapping[str, Any]) -> str:
    listed = ", ".join(f"{each} of {root}" for root, each in sorted(_per_symbol(rule).items()))
    units = rule.get("total_units")
    parts = [
        f"open at once at most {listed}" if listed else "",
        f"open at once at most {units} units in all" if units is not None else "",
        "other products are forbidden" if rule.get("others") == "forbidden" else "",
        "minis and micros are not mixed" if rule.get("mixed_sizes") == "forbidden" else "",
    ]
    said = "; ".join(each for each in parts if each) or "none"
    return f"Position limits: {said}. If not, {_EFFECTS.get(rule['effect'], rule['effect'])}."


def _per_symbol(rule: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = rule.get("per_symbol") or {}
    return found


def _payout(rule: Mapping[str, Any]) -> str:
    parts = [
        f"at least {_money(rule['minimum'])} at a time" if "minimum" in rule else "",
        f"at most {_money(rule['cap_per_payout'])} at a time" if "cap_per_payout" in rule else "",
        f"up to {rule['fraction_of_profit']} of the profit" if "fraction_of_profit" in rule else "",
        f"{_money(rule['buffer'])} of profit stay" if "buffer" in rule else "",
    ]
    said = "; ".join(each for each in parts if each) or "by the settings below"
    return f"Payouts: {said}."


def _money(amount: str) -> str:
    return dollars(USD.of(amount).units)


_TELLERS: Final[Mapping[str, Callable[[Any], str]]] = {
    "max_loss": _max_loss,
    "daily_loss": _daily_loss,
    "profit_target": _target,
    "minimum_trading_days": _days,
    "consistency": _consistency,
    "position_limits": _limits,
    "payout": _payout,
}
