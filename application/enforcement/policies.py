"""What is asked of the platform when something was recorded. Pure: the event alone decides.

An event that was recorded so late that its day is over asks for nothing that only holds for a day:
the market has moved on, and what is open now was opened under another day's rules.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from application.enforcement.ports import Effect
from application.log import RecordedEvent
from domain.accounts.events import AccountFailed, DayLocked, RuleViolated
from domain.kernel import Event
from domain.market.calendar import next_trading_day, session_open

Policy: TypeAlias = Callable[[RecordedEvent, Event], Effect | None]


def flatten_on_violation(recorded: RecordedEvent, event: Event) -> Effect | None:
    """A rule that fails or locks was broken: nothing may stay open."""
    if not isinstance(event, RuleViolated) or event.effect == "flag":
        return None
    lock_falls = session_open(next_trading_day(event.trading_day))
    if event.effect == "lock_day" and lock_falls <= recorded.recorded_at:
        return None
    return _effect("flatten_on_violation", recorded, "flatten", reason=_because(event.rule))


def lock_on_day_locked(recorded: RecordedEvent, event: Event) -> Effect | None:
    """A day was locked: nothing may be opened until the next session."""
    if not isinstance(event, DayLocked) or event.until <= recorded.recorded_at:
        return None
    until = event.until.isoformat()
    return _effect(
        "lock_on_day_locked", recorded, "lock_until", reason=_because(event.rule), until=until
    )


def disable_on_failure(recorded: RecordedEvent, event: Event) -> Effect | None:
    """An account failed: nothing may ever be opened again."""
    if not isinstance(event, AccountFailed):
        return None
    return _effect("disable_on_failure", recorded, "disable", reason=_because(event.rule))


POLICIES: Final[Sequence[Policy]] = (flatten_on_violation, lock_on_day_locked, disable_on_failure)


def effects_of(recorded: RecordedEvent, event: Event) -> Sequence[Effect]:
    """Everything that one event asks for, in the order in which it should be done."""
    return [effect for policy in POLICIES if (effect := policy(recorded, event))]


def _because(rule: str) -> str:
    return f"The rule {rule} was broken."


def _effect(policy: str, recorded: RecordedEvent, action: str, **payload: str) -> Effect:
    return Effect(
        policy=policy,
        event_id=recorded.event_id,
        account_id=recorded.stream_id,
        action=action,
        payload=payload,
    )
