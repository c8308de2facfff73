"""given / when / then for aggregates. Hides the envelope of events, and nothing else.

The past is what was done before: an `opened` account, then commands, in their order. `then` names
every event of the command, each by class and by the fields that the test speaks of.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.accounts.account import TradingAccount
from domain.errors import DomainError
from domain.kernel import Event
from tests.support.builders import account_of


@dataclass(frozen=True, slots=True)
class Fact:
    """An event by its class and some of its fields."""

    event_class: type[Event]
    fields: Mapping[str, Any]

    def seen_in(self, event: Event) -> tuple[str, dict[str, Any]]:
        """What the event says of the fields that this fact names."""
        return type(event).__name__, {key: getattr(event, key, None) for key in self.fields}

    @property
    def told(self) -> tuple[str, dict[str, Any]]:
        """What this fact says."""
        return self.event_class.__name__, dict(self.fields)


def fact(event_class: type[Event], **fields: Any) -> Fact:
    """An event that is expected; `at` stands for the time it is effective."""
    at: datetime | None = fields.pop("at", None)
    return Fact(event_class, fields if at is None else {**fields, "effective_at": at})


@dataclass(frozen=True, slots=True)
class Past:
    """An account to which something has happened."""

    account: TradingAccount

    def when(self, command: Callable[[TradingAccount], object]) -> Outcome:
        """Ask the account to do something; what it refuses is kept for `then_refused`."""
        try:
            command(self.account)
        except DomainError as refusal:
            return Outcome(self.account, refusal)
        return Outcome(self.account, None)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command came to."""

    account: TradingAccount
    refusal: DomainError | None

    def then(self, *facts: Fact) -> TradingAccount:
        """Exactly these events were decided, in this order. Answers the account to look at."""
        if self.refusal is not None:
            raise self.refusal
        events = self.account.pending_events
        classes = [type(event).__name__ for event in events]
        wanted = [each.event_class.__name__ for each in facts]
        assert classes == wanted, f"decided {classes}, expected {wanted}"
        for each, event in zip(facts, events, strict=True):
            assert each.seen_in(event) == each.told, f"{each.seen_in(event)} is not {each.told}"
        return self.account

    def then_kept_and_refused(self, refusal: type[DomainError], *facts: Fact) -> None:
        """Refused for this reason, because of what time alone had broken before: these events."""
        assert type(self.refusal) is refusal, f"not refused so, but: {self.refusal!r}"
        Outcome(self.account, None).then(*facts)

    def then_refused(self, refusal: type[DomainError], **facts: Any) -> None:
        """Refused for this reason, with these facts, and nothing was decided."""
        assert type(self.refusal) is refusal, f"not refused so, but: {self.refusal!r}"
        assert {key: self.refusal.facts.get(key) for key in facts} == facts
        assert self.refusal.sentence.endswith("."), "a refusal is a sentence"
        assert not self.account.pending_events, "a refusal leaves no events"


def given(rules: Mapping[str, Any], *past: Callable[[TradingAccount], object]) -> Past:
    """An account under these rules, opened when Monday's session began, and what it did since."""
    account = account_of(**rules)
    for command in past:
        command(account)
    account.collect_events()
    return Past(account)
