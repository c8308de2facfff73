"""Entries of the audit trail: what the log says at the places that the read model found."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple, cast
from uuid import UUID

from application.log import Log, LogSelection, RecordedEvent
from domain.accounts.events import AccountEvent
from domain.archives.events import ArchiveMade
from domain.dead_letters.events import DeadLetterTakenUp, DiscardOrdered, RetryOrdered
from domain.errors import DomainError
from domain.exports.events import ExportMade
from domain.kernel import Event
from domain.money import USD
from domain.news.events import NewsMonthBegun, ReleaseScheduled, ReleaseWithdrawn
from domain.plans.events import PackVersionPublished
from projections.accounts_cache import DECODED
from projections.sentences import sentence_of
from projections.sentences_archives import sentence_of_archive
from projections.sentences_dead_letters import sentence_of_dead_letter
from projections.sentences_exports import sentence_of_export
from projections.sentences_news import sentence_of_news
from projections.sentences_packs import sentence_of_version

_BESIDE_ACCOUNTS: Final[Mapping[type[Event], Callable[[Any], str]]] = {
    PackVersionPublished: sentence_of_version,
    **dict.fromkeys((NewsMonthBegun, ReleaseScheduled, ReleaseWithdrawn), sentence_of_news),
    ExportMade: sentence_of_export,
    ArchiveMade: sentence_of_archive,
    **dict.fromkeys((DeadLetterTakenUp, RetryOrdered, DiscardOrdered), sentence_of_dead_letter),
}


class EventNotInLog(DomainError):
    """A read model knows of an event that the log does not hold."""

    code = "event-not-in-log"


class Place(NamedTuple):
    """What the read model says of an event; both are None where the stream is no account."""

    ledger_seq: int
    trader_id: UUID | None
    balance_units: int | None


class AuditEntry(NamedTuple):
    """An event as it was recorded, whose account it changed, and one plain sentence of it."""

    recorded: RecordedEvent
    account_id: UUID | None
    trader_id: UUID | None
    summary: str


def audit_entries(
    log: Log, places: Iterable[Place], *, stream_id: UUID | None = None
) -> Sequence[AuditEntry]:
    """The entries, in the order of the places; all are in memory, so these have to be few.

    Where all places are of one stream, its name spares the archive to read what lies between them.
    Refuses with EventNotInLog, and as the log does.
    """
    wanted = list(places)
    if not wanted:
        return []
    positions = frozenset(each.ledger_seq for each in wanted)
    selection = LogSelection(stream_id=stream_id, positions=positions)
    found = log.select(selection, newest_first=False, limit=len(positions))
    recorded = {each.ledger_seq: each for each in found}
    if missing := sorted(positions - recorded.keys()):
        raise EventNotInLog(
            f"The event {missing[0]} of the audit trail is not in the log any more. Keep the"
            " database as it is, and let an operator run `dynasty log verify`.",
            ledger_seq=missing[0],
        )
    return [_entry(log, recorded[each.ledger_seq], each) for each in wanted]


def _entry(log: Log, recorded: RecordedEvent, place: Place) -> AuditEntry:
    account_id = None if place.trader_id is None else recorded.stream_id
    return AuditEntry(recorded, account_id, place.trader_id, _summary(log, recorded, place))


def _summary(log: Log, recorded: RecordedEvent, place: Place) -> str:
    if place.balance_units is not None:
        event = cast("AccountEvent", log.decode(recorded))
        return sentence_of(event, balance=USD(place.balance_units))
    told = None
    if recorded.event_type.startswith(DECODED):
        beside = log.decode(recorded)
        told = _BESIDE_ACCOUNTS.get(type(beside))
    return told(beside) if told else f"The event {recorded.event_type} was recorded."
