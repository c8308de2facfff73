"""Certificates of accounts that lived in memory, and forgeries of them."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta
from typing import Any, cast
from uuid import UUID

from typing_extensions import override

from application.certificates.documents import digest_of, text_of
from application.certificates.kinds import KINDS
from application.certificates.making import Certificate, make_certificate
from application.certificates.steps import hash_of_events
from application.certificates.verifying import Findings, verify_certificate
from application.log import RecordedEvent
from domain.accounts.account import TradingAccount
from domain.accounts.events import AccountEvent
from domain.accounts.events_corrections import Decision
from domain.kernel import Event
from infrastructure.event_store.canonical import CanonicalCodec
from tests.support.builders import (
    ACCOUNT,
    OPENED,
    TRADER,
    TUESDAY,
    WEDNESDAY,
    a_trade,
    closing,
    marking,
    moment,
    pack_of,
    trading,
)
from tests.support.histories import History, Life
from tests.unit.exports.memory import MemoryLog

CODEC = CanonicalCodec()
Document = dict[str, Any]


class AccountLog(MemoryLog):
    """A log held in memory that knows what its events mean."""

    @override
    def decode(self, recorded: RecordedEvent) -> Event:
        return CODEC.event_of(
            recorded.payload,
            event_type=recorded.event_type,
            schema_version=recorded.schema_version,
            stream_id=recorded.stream_id,
            stream_version=recorded.stream_version,
            effective_at=recorded.effective_at,
            ledger_seq=recorded.ledger_seq,
        )


def log_of(events: Iterable[Event]) -> AccountLog:
    """The events as a log would hold them, other accounts' in between."""
    return AccountLog(list(_recorded(events)))


def _recorded(events: Iterable[Event]) -> Iterator[RecordedEvent]:
    for number, event in enumerate(events, 1):
        yield RecordedEvent(
            ledger_seq=3 * number,
            stream_id=event.originator_id,
            stream_version=event.originator_version,
            event_id=UUID(int=number * 1_000_003),
            event_type=event.TOPIC,
            schema_version=event.class_version,
            payload=CODEC.payload_of(event),
            actor="admin:alice",
            correlation_id="c-1",
            causation_id="cause-1",
            request_id="r-1",
            reason="a secret of the staff",
            effective_at=event.effective_at,
            recorded_at=OPENED + timedelta(seconds=number),
        )


def lived(history: History, account_id: UUID = ACCOUNT) -> list[Event]:
    """The events of a history that was lived to its end."""
    life = Life.of(history.pack, account_id=account_id)
    for step in history.steps:
        life.live(step)
    return list(life.account.collect_events())


def told(
    *commands: Callable[[TradingAccount], object], plan: str = "test", **rules: Any
) -> list[Event]:
    """The events of an account that was given these commands."""
    account = TradingAccount.open(
        account_id=ACCOUNT, trader_id=TRADER, plan=plan, pack=pack_of(**rules), at=OPENED
    )
    for command in commands:
        command(account)
    return list(account.collect_events())


def failed(plan: str = "test") -> list[Event]:
    """A short life: a trade, a mark, a close, and a mark at the floor."""
    return told(
        trading("t-1", "250.00", fees="4.50"),
        marking("-300.00"),
        closing(),
        marking("-2000.00", day=TUESDAY),
        plan=plan,
        max_loss={"mode": "eod_trailing", "amount": "2000.00"},
    )


def revised(decision: Decision = "applied", *, profit: str = "-3500") -> list[Event]:
    """Two days closed with profits, a loss of Monday told on Wednesday, and a person's decision."""
    account = TradingAccount.open(
        account_id=ACCOUNT,
        trader_id=TRADER,
        plan="test",
        pack=pack_of(max_loss={"mode": "eod_trailing", "amount": "2000.00"}),
        at=OPENED,
    )
    account.record_trade(a_trade("t-1", "1000"))
    account.record_trade(a_trade("t-2", "500", day=TUESDAY))
    account.record_trade(a_trade("t-3", "100", day=WEDNESDAY))
    past = cast("list[AccountEvent]", list(account.collect_events()))
    late = a_trade("late", profit, entered="11:00", exited="11:05")
    account.record_trade(late, lambda: past)
    for each in list(account.state.revisions.values()):
        account.decide_revision(
            version=each.version,
            decision=decision,
            reason="Looked at.",
            at=moment(WEDNESDAY, "12:00"),
        )
    return [*past, *account.collect_events()]


def certificate_for(events: Sequence[Event], verdict: str | None = None) -> Certificate:
    """The certificate of a verdict among these events."""
    return make_certificate(log_of(events), CODEC, events[0].originator_id, verdict)


def verdicts_of(events: Sequence[Event]) -> list[str]:
    """What to ask for each verdict by."""
    return [f"v{each.originator_version}" for each in events if each.TOPIC in KINDS]


def checked(document: Document) -> Findings:
    """What the verifier finds in a document, written canonically."""
    return verify_certificate(text_of(document).encode(), CODEC)


def copied(made: Certificate) -> Document:
    """A document of one's own to forge."""
    return cast("Document", json.loads(made.text))


def sealed(document: Document, *, hashes: bool = False) -> Document:
    """The forgery with a digest that fits; with `hashes`, those of the steps as well."""
    for step in document["steps"] if hashes else ():
        covered = document["events"][step["version"] - 1 : step["last_version"]]
        step["sha256"] = hash_of_events(covered, UUID(document["account"]["account_id"]))
    return {**document, "digest": digest_of(document)}
