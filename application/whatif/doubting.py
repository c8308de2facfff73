"""What cannot be known of a rerun: no data is never compliance."""

from __future__ import annotations

from typing import Final

from domain.accounts.judging import floor_of
from domain.accounts.state import AccountState
from domain.rules.max_loss import allowance
from domain.rules.pack import RulePack

_RISING: Final = ("intraday_trailing", "realised_trailing")


def rests_on_open_profit(pack: RulePack) -> bool:
    """Whether a verdict of the pack looks at marks."""
    most, daily = pack.max_loss, pack.daily_loss
    return (most is not None and (most.basis == "equity" or most.mode == "intraday_trailing")) or (
        daily is not None and (daily.basis == "equity" or daily.measured_from == "day_start_equity")
    )


def trails_unseen(pack: RulePack, *, recorded_under: RulePack) -> bool:
    """Whether a floor of the pack may have been crossed at a mark that was never recorded.

    Marks were recorded at new extremes of a session, and at crossings of the recorded pack's own
    floors. A floor that stands still within a session is crossed at a new low. One that follows
    equity or balance upwards can be crossed above the low; only a floor that was just as high would
    have shown it.
    """
    rule, own = pack.max_loss, recorded_under.max_loss
    if rule is None or rule.mode not in _RISING or rule.basis != "equity":
        return False
    shown = (
        own is not None
        and own.mode in ("intraday_trailing", rule.mode)
        and own.basis == "equity"
        and own.after_first_payout == rule.after_first_payout
        and own.lock_at == rule.lock_at
        and (own.breach == "at_or_below" or rule.breach == "below")
        and pack.starting_balance == recorded_under.starting_balance
        and (own.amount is None) == (rule.amount is None)
        and allowance(own, pack.starting_balance) <= allowance(rule, pack.starting_balance)
    )
    return not shown


def floor_is_over_the_low(state: AccountState) -> bool:
    """Whether the floor has risen over the low of the session: a dip back to it went unrecorded."""
    session, floor = state.session, floor_of(state)
    if session is None or floor is None or state.status in ("failed", "passed"):
        return False
    return session.low_equity <= floor
