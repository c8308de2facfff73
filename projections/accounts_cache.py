"""Accounts kept folded between batches, so that each event is folded once for all read models."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final, cast
from uuid import UUID

from psycopg import DatabaseError

from application.log import Log, LogSelection, RecordedEvent
from domain.accounts.events import AccountEvent, AccountOpened
from domain.archives.events import ArchiveMade
from domain.dead_letters.events import DeadLetterTakenUp
from domain.errors import DomainError
from domain.exports.events import ExportMade
from domain.kernel import Event
from domain.news.events import NewsMonthBegun
from domain.plans.events import PackVersionPublished
from projections.errors import PoisonEvent
from projections.folding import AccountFold, Moment
from projections.kernel import Batch, Projected
from projections.transient import TRANSIENT

ACCOUNTS_MAX: Final = 5_000


def _types_beside(event: type[Event]) -> str:
    """What the types of all events of its kind of stream begin with."""
    return f"{event.TOPIC.partition('.')[0]}."


# The aggregates are not asked for this: their code makes no rows. See `versions`.
ACCOUNT_TYPES: Final = _types_beside(AccountOpened)
# Streams that are decoded and not folded: an event of theirs says all that is shown of it.
DECODED: Final = tuple(
    map(
        _types_beside,
        (PackVersionPublished, NewsMonthBegun, ExportMade, DeadLetterTakenUp, ArchiveMade),
    )
)

# A named tuple's own way to a new one takes twice as long, and every event comes through here.
_projected: Final[Callable[[tuple[RecordedEvent, Event, Moment]], Projected]] = partial(
    tuple.__new__, Projected
)


class AccountFolds:
    """Turns recorded events into batches. Holds the accounts used last, at most `accounts_max`.

    An account that is not held, or is held at another version, is folded again from its stream.
    """

    def __init__(self, log: Log, *, accounts_max: int = ACCOUNTS_MAX) -> None:
        assert accounts_max > 0, "the account in hand must be held"
        self._log = log
        self._accounts_max = accounts_max
        self._held: OrderedDict[UUID, AccountFold] = OrderedDict()

    def batch(self, recorded: Sequence[RecordedEvent]) -> Batch:
        """Fold the next events of the log. Refuses with PoisonEvent at the first that will not."""
        touched: dict[UUID, AccountFold] = {}
        events: list[Projected] = []
        decode = cast("Callable[[RecordedEvent], AccountEvent]", self._log.decode)
        fold: AccountFold | None = None
        for each in recorded:
            try:
                if not each.event_type.startswith(ACCOUNT_TYPES):
                    events.append(self._beside(each))
                    continue
                event = decode(each)
                if isinstance(event, AccountOpened):
                    fold = touched[each.stream_id] = AccountFold(event, position=each.ledger_seq)
                    moment = fold.moment()
                else:
                    if fold is None or not fold.goes_on_with(each):
                        fold = touched[each.stream_id] = self._before(each, touched)
                    moment = fold.take_in(event, position=each.ledger_seq)
                events.append(_projected((each, event, moment)))
            except TRANSIENT:
                raise
            except Exception as error:
                raise poison(each, "every read model", error) from error
        self._held.update(touched)
        while len(self._held) > self._accounts_max:
            self._held.popitem(last=False)
        return Batch(events, touched)

    def forget(self) -> None:
        """Drop all: what was folded last did not reach the database."""
        self._held.clear()

    def _beside(self, recorded: RecordedEvent) -> Projected:
        """An event of a stream that is no account."""
        is_decoded = recorded.event_type.startswith(DECODED)
        return Projected(recorded, self._log.decode(recorded) if is_decoded else None, None)

    def _before(self, recorded: RecordedEvent, touched: Mapping[UUID, AccountFold]) -> AccountFold:
        """The account that an event goes on with."""
        stream_id = recorded.stream_id
        held = touched.get(stream_id) or self._held.pop(stream_id, None)
        return held if held and held.goes_on_with(recorded) else self._replayed(recorded)

    def _replayed(self, until: RecordedEvent) -> AccountFold:
        """The account before an event, from its stream."""
        fold: AccountFold | None = None
        before = LogSelection(stream_id=until.stream_id, last_seq=until.ledger_seq - 1)
        for recorded in self._log.stream(before):
            event = cast("AccountEvent", self._log.decode(recorded))
            if isinstance(event, AccountOpened):
                fold = AccountFold(event, position=recorded.ledger_seq)
            else:
                assert fold is not None, "a stream begins with the opening of its account"
                fold.take_in(event, position=recorded.ledger_seq)
        assert fold is not None, "a stream begins with the opening of its account"
        return fold


def poison(recorded: RecordedEvent, projection: str, error: Exception) -> PoisonEvent:
    """The refusal that names an event and what could not take it in."""
    said = _said(error)
    stopped = PoisonEvent(
        f"The event at position {recorded.ledger_seq} of type {recorded.event_type} stops"
        f" {projection}. {said} Everything before it is projected. Run the release that"
        " can read it, or mend the read model, then start again.",
        ledger_seq=recorded.ledger_seq,
        event_type=recorded.event_type,
        projection=projection,
    )
    stopped.cause_code = error.code if isinstance(error, DomainError) else type(error).__name__
    stopped.cause_sentence = said
    return stopped


def _said(error: Exception) -> str:
    """What an error says, as a sentence. The rows that a server adds to its own stay untold."""
    if isinstance(error, DomainError):
        return error.sentence.strip()
    told = str(error)
    if isinstance(error, DatabaseError):
        told = error.diag.message_primary or told.partition("\n")[0]
    told = told.strip().removesuffix(".")
    return f"{type(error).__name__}: {told}." if told else f"{type(error).__name__}."
