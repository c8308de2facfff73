"""Why a rule was broken, or how near it is, in one plain sentence, from nothing but the witness of
the verdict or the warning.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from domain.market.sessions import CHICAGO
from domain.money import USD

_PEAKS: Final = {
    "static": "the starting balance",
    "eod_trailing": "the highest closing balance",
    "intraday_trailing": "the highest equity",
    "realised_trailing": "the highest balance",
}
_STARTS: Final = {
    "day_start_balance": "the balance at the start of the day",
    "day_start_equity": "the equity at the start of the day",
    "highest_close": "the highest closing balance",
}
_EFFECTS: Final = {
    "fail": "this ends the account",
    "lock_day": "trading is locked until the next session",
    "flag": "this is put on record and has no further effect",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """What a verdict holds: amounts and counts are decimal texts in `unit`."""

    rule: str
    effect: str
    observed: str
    limit: str
    unit: str
    subject: str | None = None
    threshold: Mapping[str, str] = field(default_factory=dict)


def explain(witness: Witness) -> str:
    """One sentence: what was seen, what the limit was and how it came to be, and what follows."""
    teller = _TELLERS.get(witness.threshold.get("reason", witness.rule), _anything)
    follows = _EFFECTS.get(witness.effect, "see the rule pack for what follows")
    return f"{teller(witness)}; {follows}."


def explain_warning(witness: Witness, *, percent: int) -> str:
    """One sentence: how much is used, what was seen, and how the limit came to be."""
    name = witness.rule.removesuffix("_limit").replace("_", " ")
    used = f"{percent} % of the {name} limit is used"
    if witness.unit != "USD":
        return f"{used}: {_used_up(witness)}."
    if witness.rule == "open_loss":
        return f"{used}: the {_open_result(witness, 'comes near')}."
    level = witness.threshold.get("basis", "level")
    left = str(USD.of(witness.observed) - USD.of(witness.limit))
    floor = _daily_floor(witness) if witness.rule == "daily_loss" else _floor(witness)
    return f"{used}: the {level} of {_dollars(witness.observed)} is {_dollars(left)} above {floor}."


def _used_up(witness: Witness) -> str:
    said, of = witness.threshold, f"{witness.observed} of {witness.limit} {witness.unit}"
    if "deadline" in said:
        when = _clock(said["deadline"])
        since = said.get("last_active", "the last execution")
        return f"nothing was traded since {since}, and without a trade by {when}, the account ends"
    if witness.rule == "maximum_trading_days":
        return f"{of} were traded"
    if witness.subject is None:
        return of
    return f"{of} are open" if witness.subject == "all" else f"{of} of {witness.subject} are open"


def _max_loss(witness: Witness) -> str:
    return f"{_compared(witness)} {_floor(witness)}"


def _floor(witness: Witness) -> str:
    said = witness.threshold
    if "fixed_by_payout" in said:
        origin = "where the first payout put it for good"
    else:
        peak = _PEAKS.get(said.get("mode", ""), "the level it is measured from")
        origin = f"{peak} of {_dollars(said.get('peak'))} less {_dollars(said.get('allowance'))}"
        if said.get("lock_at") == witness.limit:
            origin = f"where it stops rising with {peak}"
    return f"the maximum loss floor of {_dollars(witness.limit)}, {origin}"


def _daily_loss(witness: Witness) -> str:
    return f"{_compared(witness)} {_daily_floor(witness)}"


def _daily_floor(witness: Witness) -> str:
    said = witness.threshold
    start = _STARTS.get(said.get("from", ""), "the level it is measured from")
    return (
        f"the day's loss floor of {_dollars(witness.limit)},"
        f" {start} of {_dollars(said.get('start'))} less {_dollars(said.get('allowance'))}"
    )


def _position_limit(witness: Witness) -> str:
    everything = witness.subject in (None, "all")
    of = " over all products" if everything else f" of {witness.subject}"
    return (
        f"{_count(witness)}{of} {_were(witness)} open at once, and the plan allows {witness.limit}"
    )


def _not_tradable(witness: Witness) -> str:
    return f"{witness.subject} was traded ({_count(witness)}), and the plan does not allow it"


def _scaling(witness: Witness) -> str:
    return (
        f"{_count(witness)} {_were(witness)} open at once, and at the profit of the last close the"
        f" plan's scaling allows {witness.limit}"
    )


def _mixed_sizes(witness: Witness) -> str:
    return (
        f"Mini and micro contracts were open at once when {witness.subject} was traded, and the"
        " plan allows one size at a time"
    )


def _hedging(witness: Witness) -> str:
    return (
        f"Long and short positions in {witness.subject} were open at once, and the plan forbids"
        " hedging"
    )


def _flat_by(witness: Witness) -> str:
    when, what = _clock(witness.threshold.get("deadline")), _count(witness)
    of = f" of {witness.subject}" if witness.subject else ""
    match witness.threshold.get("kind"):
        case "opened":
            told = (
                f"{what}{of} {_were(witness)} opened at or after {when}, and the plan opens nothing"
            )
            return f"{told} from then until the next session"
        case "marked":
            return f"Open profit was told after {when}, when the plan asks for everything closed"
        case _:
            return f"{what}{of} {_were(witness)} open at {when}, when the plan asks to be flat"


def _held_over(witness: Witness) -> str:
    what = "overnight" if witness.rule == "overnight" else "over the weekend"
    return (
        f"{_count(witness)} {_were(witness)} held over the close at"
        f" {_clock(witness.threshold.get('deadline'))}, and the plan allows nothing {what}"
    )


def _news(witness: Witness) -> str:
    said = witness.threshold
    done = "opened" if said.get("kind") == "opened" else "held"
    return (
        f"{_count(witness)} of {witness.subject} {_were(witness)} {done} in the window of the"
        f" release {said.get('title', 'named in the verdict')}, from {_clock(said.get('from'))} to"
        f" {_clock(said.get('until'))}, in which the plan allows nothing open"
    )


def _minimum_hold(witness: Witness) -> str:
    return (
        f"A position in {witness.subject} was held for {_count(witness)}, and the plan asks for at"
        f" least {witness.limit}"
    )


def _inactivity(witness: Witness) -> str:
    since = witness.threshold.get("last_active", "the last execution")
    return (
        f"Nothing was traded for {_count(witness)} since {since}, and the plan allows"
        f" {witness.limit}"
    )


def _maximum_days(witness: Witness) -> str:
    return f"This was trading day {witness.observed}, and the plan has {witness.limit}"


def _open_loss(witness: Witness) -> str:
    return f"The {_open_result(witness, 'was below')}"


def _open_result(witness: Witness, stands: str) -> str:
    said = witness.threshold
    return (
        f"open result of {_dollars(witness.observed)} {stands} {_dollars(witness.limit)}:"
        f" at most {said.get('fraction', 'a fraction')} of {_dollars(said.get('base'))} may be lost"
        f" while it is open, by the profit of {_dollars(said.get('profit_at_start'))} at the start"
        " of the day"
    )


def _clock(moment: str | None) -> str:
    """A witness's moment by Chicago's clock: `15:10 on 2026-03-02, Chicago time`."""
    if moment is None:
        return "a time not kept"
    local = datetime.fromisoformat(moment).astimezone(CHICAGO)
    return f"{local:%H:%M} on {local:%Y-%m-%d}, Chicago time"


def _anything(witness: Witness) -> str:
    rule = witness.rule.replace("_", " ")
    if witness.unit == "USD":
        return f"The rule {rule} saw {_dollars(witness.observed)} against {_dollars(witness.limit)}"
    return f"The rule {rule} saw {_count(witness)} against a limit of {witness.limit}"


def _compared(witness: Witness) -> str:
    basis = witness.threshold.get("basis", "level")
    how = "fell below" if witness.threshold.get("breach") == "below" else "reached or fell below"
    return f"The {basis} of {_dollars(witness.observed)} {how}"


def _dollars(amount: str | None) -> str:
    """`-1234.50` as `-$1,234.50`; the digits are those of the witness, none is rounded."""
    if amount is None:
        return "an amount not kept"
    sign, digits = ("-", amount[1:]) if amount.startswith("-") else ("", amount)
    whole, dot, places = digits.partition(".")
    return f"{sign}${int(whole):,}{dot}{places}"


def _count(witness: Witness) -> str:
    unit = witness.unit.removesuffix("s") if witness.observed == "1" else witness.unit
    return f"{witness.observed} {unit}"


def _were(witness: Witness) -> str:
    return "was" if witness.observed == "1" else "were"


_TELLERS: Final[Mapping[str, Callable[[Witness], str]]] = {
    "max_loss": _max_loss,
    "daily_loss": _daily_loss,
    "position_limit": _position_limit,
    "not_tradable": _not_tradable,
    "scaling": _scaling,
    "mixed_sizes": _mixed_sizes,
    "hedging": _hedging,
    "flat_by": _flat_by,
    "overnight": _held_over,
    "weekend": _held_over,
    "news": _news,
    "minimum_hold": _minimum_hold,
    "inactivity": _inactivity,
    "maximum_trading_days": _maximum_days,
    "open_loss": _open_loss,
}
