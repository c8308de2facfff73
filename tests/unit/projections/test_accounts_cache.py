"""Accounts kept folded between batches."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

import pytest
from typing_extensions import override

from application.log import Log, LogSelection, RecordedEvent
from domain.kernel import Event
from projections.accounts_cache import AccountFolds
from projections.errors import PoisonEvent
from tests.support.histories import Life, Step

NOW = datetime(2026, 1, 6, tzinfo=UTC)


@dataclass
class MemoryLog(Log):
    """A log in memory that counts how often a stream is replayed."""

    recorded: list[RecordedEvent] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    replays: int = 0

    def add(self, event: Event, *, event_type: str | None = None) -> None:
        self.events.append(event)
        self.recorded.append(
            RecordedEvent(
                ledger_seq=len(self.events), stream_id=event.originator_id,
                stream_version=event.originator_version, event_id=UUID(int=len(self.events)),
                event_type=event_type or event.TOPIC, schema_version=1, payload="{}", actor="test",
                correlation_id=None, causation_id=None, request_id=None, reason=None,
                effective_at=event.timestamp, recorded_at=NOW,
            )
        )  # fmt: skip

    @override
    def head(self) -> int:
        return len(self.recorded)

    @override
    def read(self, *, after: int, limit: int) -> Sequence[RecordedEvent]:
        return self.recorded[after : after + limit]

    @override
    def select(
        self, selection: LogSelection, *, newest_first: bool, limit: int
    ) -> Sequence[RecordedEvent]:
        found = list(self.stream(selection))
        return found[::-1][:limit] if newest_first else found[:limit]

    @override
    def stream(self, selection: LogSelection) -> Iterator[RecordedEvent]:
        self.replays += 1
        assert selection.last_seq is not None
        before = self.recorded[: selection.last_seq]
        return (each for each in before if each.stream_id == selection.stream_id)

    @override
    def decode(self, recorded: RecordedEvent) -> Event:
        return self.events[recorded.ledger_seq - 1]


def log_of(accounts: int, *, results: int) -> MemoryLog:
    """Accounts with some results each, their events taking turns in the log."""
    log, streams = MemoryLog(), []
    for number in range(1, accounts + 1):
        life = Life.of("no rules", account_id=UUID(int=number))
        for _ in range(results):
            life.live(Step("result", 1, 1, 1))
        streams.append(life.account.pending_events)
    for turn in zip(*streams, strict=True):
        for event in turn:
            log.add(event)
    return log


def balances(folds: AccountFolds, log: MemoryLog, *, size: int) -> list[str]:
    found = []
    for start in range(0, log.head(), size):
        for each in folds.batch(log.read(after=start, limit=size)).events:
            assert each.moment is not None
            found.append(str(each.moment.balance))
    return found


class TestAccountFolds:
    def test_folds_each_event_once_while_the_account_is_held(self) -> None:
        log = log_of(2, results=3)
        balances(AccountFolds(log, accounts_max=2), log, size=2)
        assert log.replays == 0

    def test_replays_an_account_that_it_let_go(self) -> None:
        log = log_of(2, results=3)
        held, let_go = AccountFolds(log, accounts_max=2), AccountFolds(log, accounts_max=1)
        assert balances(let_go, log, size=1) == balances(held, log, size=1)
        assert log.replays == 6

    def test_replays_all_after_it_was_told_to_forget(self) -> None:
        log = log_of(1, results=2)
        folds = AccountFolds(log)
        folds.batch(log.read(after=0, limit=2))
        folds.forget()
        (last,) = folds.batch(log.read(after=2, limit=1)).events
        assert last.moment is not None
        assert (str(last.moment.balance), log.replays) == ("100025.00", 1)

    def test_replays_an_account_that_it_holds_at_another_version(self) -> None:
        log = log_of(1, results=2)
        folds = AccountFolds(log)
        folds.batch(log.read(after=0, limit=3))
        (again,) = folds.batch(log.read(after=1, limit=1)).events
        assert again.moment is not None
        assert str(again.moment.balance) == "100012.50"

    def test_passes_over_streams_that_are_no_accounts(self) -> None:
        log = log_of(1, results=0)
        log.add(log.events[0], event_type="order.placed")
        batch = AccountFolds(log).batch(log.read(after=1, limit=1))
        assert [(each.event, each.moment) for each in batch.events] == [(None, None)]
        assert batch.accounts == {}

    def test_names_the_event_that_cannot_be_folded(self) -> None:
        log = log_of(1, results=2)
        del log.recorded[1], log.events[1]
        with pytest.raises(PoisonEvent, match="position 3 of type") as stop:
            AccountFolds(log).batch(log.recorded)
        assert stop.value.facts["event_type"] == "account.result_recorded"
