"""An event as it stands in a certificate: what happened, and nothing of who recorded it or why."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final, NamedTuple, TypeAlias, cast, get_args
from uuid import UUID

from application.certificates.differences import Differs
from application.certificates.ports import EventCodec
from application.exports.lines import moment_text
from application.log import RecordedEvent
from domain.accounts.events import AccountEvent
from domain.documents import Place, canonical_json
from domain.kernel import Event

Entry: TypeAlias = Mapping[str, Any]
_KEYS: Final = (
    "version", "type", "schema_version", "effective_at", "recorded_at", "ledger_seq", "event_id",
    "payload",
)  # fmt: skip
_TYPES: Final = cast("tuple[type[Event], ...]", get_args(AccountEvent))
_TYPE_LENGTH_MAX: Final = 100
_SEQ_MAX: Final = 2**63 - 1


class Logged(NamedTuple):
    """An event as the certificate holds it, and as the domain understands it."""

    entry: Entry
    event: AccountEvent


def logged_from(recorded: RecordedEvent, event: Event) -> Logged:
    """An event of the log; its payload is the very text that stands there."""
    assert isinstance(event, _TYPES), "an account's stream holds events of accounts"
    payload = json.loads(recorded.payload)
    assert canonical_json(payload) == recorded.payload, "the log stores canonical payloads"
    entry = {
        "version": recorded.stream_version,
        "type": recorded.event_type,
        "schema_version": recorded.schema_version,
        "effective_at": moment_text(recorded.effective_at),
        "recorded_at": moment_text(recorded.recorded_at),
        "ledger_seq": recorded.ledger_seq,
        "event_id": str(recorded.event_id),
        "payload": payload,
    }
    return Logged(entry, cast("AccountEvent", event))


def logged_in(place: Place, *, version: int, account_id: UUID, codec: EventCodec) -> Logged:
    """An event of a certificate. Refuses with Unreadable, or as the codec does; raises Differs."""
    found = place.fields(required=_KEYS)
    entry = cast("Entry", place.value)
    if type(entry["version"]) is not int or entry["version"] != version:
        raise Differs(f"{place.pointer}/version", entry["version"], version)
    seq = found["ledger_seq"]
    if type(seq.value) is not int or not 1 <= seq.value <= _SEQ_MAX:
        seq.refuse("a position of the log, from 1 on, is expected here.")
    for name in ("effective_at", "recorded_at"):
        moment = moment_text(found[name].moment())
        if moment != entry[name]:
            raise Differs(f"{place.pointer}/{name}", entry[name], moment)
    identifier_in(found["event_id"])
    if not isinstance(entry["payload"], dict):
        found["payload"].refuse("an object is expected here.")
    event = codec.event_of(
        canonical_json(entry["payload"]),
        event_type=found["type"].text(at_most=_TYPE_LENGTH_MAX),
        schema_version=found["schema_version"].count(at_least=1),
        stream_id=account_id,
        stream_version=version,
        effective_at=found["effective_at"].moment(),
        ledger_seq=seq.value,
    )
    if not isinstance(event, _TYPES):
        found["type"].refuse("an event of an account is expected here.")
    return Logged(entry, cast("AccountEvent", event))


def identifier_in(place: Place) -> UUID:
    """A UUID in its one form. Refuses with Unreadable."""
    text = place.text()
    try:
        found = UUID(text)
    except ValueError:
        place.refuse("a UUID is expected here.")
    if str(found) != text:
        place.refuse(f"a UUID is written {found}.")
    return found
