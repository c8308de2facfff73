"""The verdicts of an account, as the log holds them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Final
from uuid import UUID

from application.accounts.queries import NOW, TwoClocks
from application.certificates.errors import NoVerdict
from application.certificates.kinds import ENDINGS, KINDS, ends_account, status_brought
from application.errors import StreamNotFound
from application.log import Log, LogSelection, RecordedEvent
from domain.accounts.events import AccountOpened
from domain.accounts.events_corrections import RevisionDecided, VerdictRevised

PIECE: Final = 500
_VERSION = re.compile(r"v([1-9]\d{0,9})", re.ASCII)


def opening_of(log: Log, account_id: UUID) -> AccountOpened | None:
    """How an account was opened; None when there is no such account."""
    first = log.select(LogSelection(stream_id=account_id), newest_first=False, limit=1)
    event = log.decode(first[0]) if first else None
    return event if isinstance(event, AccountOpened) else None


def verdicts_before(
    log: Log,
    account_id: UUID,
    *,
    before_seq: int | None,
    limit: int,
    clocks: TwoClocks = NOW,
) -> Sequence[RecordedEvent]:
    """The verdicts of an account, newest first; only those before a position when one is given.

    A verdict stays as it was pronounced: `clocks` ask what was in effect and recorded by then.
    """
    last = None if before_seq is None else before_seq - 1
    selection = LogSelection(
        stream_id=account_id,
        event_types=tuple(KINDS),
        last_seq=last,
        recorded_before=clocks.recorded_before,
    )
    if clocks.as_of is None:
        return log.select(selection, newest_first=True, limit=limit)
    by_then = (each for each in _newest_first(log, selection) if each.effective_at <= clocks.as_of)
    return list(islice(by_then, limit))


def find_verdict(log: Log, account_id: UUID, wanted: str | None) -> RecordedEvent:
    """The verdict of this event identifier, or of a version such as `v57`.

    With none asked for, the one that ended the account, else the newest. Refuses with
    StreamNotFound when there is no such account or verdict, NoVerdict when nothing was decided yet.
    """
    if opening_of(log, account_id) is None:
        raise StreamNotFound(
            f"There is no account {account_id}; check the identifier.", stream_id=str(account_id)
        )
    found = _wanted(log, account_id, wanted) if wanted is not None else _chosen(log, account_id)
    if found is None and wanted is not None:
        raise StreamNotFound(
            f"The account has no verdict {wanted}; list its verdicts for their identifiers.",
            stream_id=str(account_id),
        )
    if found is None:
        raise NoVerdict(
            "Nothing was decided about this account yet: no breach, no lock, no pass, no payout."
            " Ask again when there is."
        )
    return found


def is_ending(log: Log, verdict: RecordedEvent) -> bool:
    """Whether the account was over with this verdict."""
    return ends_account(verdict.event_type, brings=_status_brought(log, verdict))


def _status_brought(log: Log, verdict: RecordedEvent) -> str | None:
    decided = log.decode(verdict)
    if not isinstance(decided, RevisionDecided):
        return None
    revisions = LogSelection(
        stream_id=verdict.stream_id,
        event_types=(VerdictRevised.TOPIC,),
        last_seq=verdict.ledger_seq,
    )
    (revised,) = (
        each for each in log.stream(revisions) if each.stream_version == decided.revision_version
    )
    return status_brought(vars(decided), vars(log.decode(revised)))


def _chosen(log: Log, account_id: UUID) -> RecordedEvent | None:
    """What the account is over by, as it stands; else what was decided last."""
    endings = LogSelection(stream_id=account_id, event_types=[each.TOPIC for each in ENDINGS])
    for each in _newest_first(log, endings):
        brings = _status_brought(log, each)
        if ends_account(each.event_type, brings=brings):
            return each
        if brings is not None:
            break  # A person let the account live on, whatever ended it before.
    newest = verdicts_before(log, account_id, before_seq=None, limit=1)
    return newest[0] if newest else None


def _newest_first(log: Log, selection: LogSelection) -> Iterator[RecordedEvent]:
    while piece := log.select(selection, newest_first=True, limit=PIECE):
        yield from piece
        selection = replace(selection, last_seq=piece[-1].ledger_seq - 1)


def _wanted(log: Log, account_id: UUID, wanted: str) -> RecordedEvent | None:
    version = _VERSION.fullmatch(wanted)
    for each in log.stream(LogSelection(stream_id=account_id, event_types=tuple(KINDS))):
        if version and each.stream_version == int(version[1]):
            return each
        if str(each.event_id) == wanted.lower():
            return each
    return None
