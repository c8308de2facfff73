"""What follows from a verdict: which orders, and when none."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from application.enforcement.policies import effects_of
from application.enforcement.ports import Effect
from application.log import RecordedEvent
from domain.accounts.events import AccountFailed, DayLocked, RuleViolated
from domain.kernel import Event
from domain.market.calendar import session_open
from tests.support.builders import (
    ACCOUNT,
    TUESDAY,
    Command,
    account_of,
    filling,
    marking,
    moment,
)

EVENT = UUID(int=5)
UNTIL = session_open(TUESDAY)
FAILING = {"max_loss": {"mode": "static", "amount": "1000.00"}}
LOCKING = {"daily_loss": {"effect": "lock_day", "amount": "1000.00"}}


def asked_for(
    kind: type[Event], recorded_at: datetime, *before: Command, **rules: Any
) -> list[Effect]:
    """The orders that follow from the event of this kind after a loss of 1,000.00."""
    account = account_of(**rules)
    for command in (*before, marking("-1000.00")):
        command(account)
    (event,) = [each for each in account.pending_events if isinstance(each, kind)]
    recorded = RecordedEvent(
        ledger_seq=1, stream_id=ACCOUNT, stream_version=event.originator_version, event_id=EVENT,
        event_type=kind.TOPIC, schema_version=1, payload="{}", actor="a", correlation_id=None,
        causation_id=None, request_id=None, reason=None, effective_at=event.timestamp,
        recorded_at=recorded_at,
    )  # fmt: skip
    return list(effects_of(recorded, event))


SOON = moment(clock="11:00") + timedelta(seconds=1)


class TestAViolation:
    @pytest.mark.parametrize("rules", [FAILING, LOCKING])
    def test_closes_what_is_open(self, rules: dict[str, Any]) -> None:
        (effect,) = asked_for(RuleViolated, SOON, **rules)
        assert (effect.action, effect.account_id) == ("flatten", ACCOUNT)
        assert effect.key == f"flatten_on_violation:{EVENT}"

    def test_that_only_flags_asks_for_nothing(self) -> None:
        limits = {"per_symbol": {"MES": 1}, "effect": "flag"}
        bought = [filling("f-1", quantity=2)]
        assert asked_for(RuleViolated, SOON, *bought, position_limits=limits) == []


class TestALock:
    def test_lasts_until_the_next_session(self) -> None:
        (effect,) = asked_for(DayLocked, SOON, **LOCKING)
        assert effect.action == "lock_until"
        assert effect.payload["until"] == UNTIL.isoformat()

    @pytest.mark.parametrize("kind", [DayLocked, RuleViolated])
    def test_that_is_told_when_its_day_is_over_asks_for_nothing(self, kind: type[Event]) -> None:
        assert asked_for(kind, UNTIL, **LOCKING) == []


class TestAFailure:
    def test_ends_trading_for_good_however_late_it_is_told(self) -> None:
        (effect,) = asked_for(AccountFailed, UNTIL + timedelta(days=90), **FAILING)
        assert effect.action == "disable"
