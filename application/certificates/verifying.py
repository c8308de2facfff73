"""A certificate run again from nothing but itself: no log, no database, no network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from application.certificates.differences import ABSENT, Difference, Differs, first_difference
from application.certificates.documents import (
    FORMAT,
    FORMAT_VERSION,
    KNOWN_PROOFS,
    NO_PROOFS,
    certificate_of,
    digest_of,
)
from application.certificates.entries import Logged, identifier_in, logged_in
from application.certificates.making import EVENTS_MAX
from application.certificates.ports import EventCodec
from application.certificates.reading import read_certificate
from application.certificates.running import Running
from domain.documents import Place, Unreadable
from domain.errors import DomainError

_ENGINE_LENGTH_MAX: Final = 100
# A forger may write anything into an event; whatever the account makes of it, it is a difference.
_UNFOLLOWABLE: Final = (
    ArithmeticError, AssertionError, AttributeError, LookupError, RecursionError, TypeError,
    ValueError,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Findings:
    """What a verification came to. `document` is None where there is any difference.

    The first difference is the one that says most: where the certificate says something else than
    its own events come to. A digest that does not fit stands after it.
    """

    document: Mapping[str, Any] | None
    differences: tuple[Difference, ...]


def verify_certificate(content: bytes, codec: EventCodec) -> Findings:
    """Run a certificate again, and compare every byte. Refuses with CertificateUnreadable."""
    try:
        document = read_certificate(content)
        _insist_on_format(document)
    except Differs as differs:
        return Findings(None, (differs.difference,))
    digest = digest_of(document)
    found = _difference(document, codec)
    recorded = document.get("digest", ABSENT)
    sealed = None if recorded == digest else Difference("/digest", recorded, digest)
    differences = tuple(each for each in (found, sealed) if each)
    return Findings(None if differences else document, differences)


def _insist_on_format(document: Mapping[str, Any]) -> None:
    for name, known in (("format", FORMAT), ("format_version", FORMAT_VERSION)):
        said = document.get(name, ABSENT)
        if type(said) is not type(known) or said != known:
            raise Differs(f"/{name}", said, known)


def _difference(document: dict[str, Any], codec: EventCodec) -> Difference | None:
    """Where the document differs from what its own events come to, its digest aside."""
    running = Running(codec)
    try:
        again = _made_again(Place(document), running, codec)
    except Differs as differs:
        return differs.difference
    except Unreadable as fault:
        pointer = str(fault.facts["pointer"])
        return Difference(pointer, _value_at(document, pointer), fault.facts["reason"])
    except DomainError as refusal:
        return Difference(running.here, "an event", f"refused: {refusal.code}")
    except _UNFOLLOWABLE as fault:
        return Difference(running.here, "an event", f"nothing: {type(fault).__name__}")
    if digest_of(document) == again["digest"]:
        return None
    return first_difference({**document, "digest": ""}, {**again, "digest": ""})


def _made_again(whole: Place, running: Running, codec: EventCodec) -> dict[str, Any]:
    found = whole.entries()
    names = ("account", "engine", "events", "verdict")
    account, engine, events, verdict = (found.get(name, whole.member(name)) for name in names)
    account_id = identifier_in(account.member("account_id"))
    version = verdict.member("version")
    if type(version.value) is not int or not 1 <= version.value <= EVENTS_MAX:
        version.refuse(f"a version from 1 to {EVENTS_MAX} is expected here.")
    told = engine.fields(required=("name", "version"))
    return certificate_of(
        running,
        _history(events.items(at_most=EVENTS_MAX), account_id, codec),
        verdict_version=version.value,
        account_id=account_id,
        engine={name: each.text(at_most=_ENGINE_LENGTH_MAX) for name, each in told.items()},
        proofs=_proofs_in(found.get("proofs")),
    )


def _proofs_in(said: Place | None) -> Mapping[str, Any]:
    """What any release said of proofs stays as it was said; else what this one says."""
    known = (each for each in KNOWN_PROOFS if said and said.value == each)
    return next(known, NO_PROOFS)


def _history(places: list[Place], account_id: UUID, codec: EventCodec) -> Iterator[Logged]:
    seen: set[str] = set()
    before: Mapping[str, Any] | None = None
    for version, place in enumerate(places, 1):
        logged = logged_in(place, version=version, account_id=account_id, codec=codec)
        entry = logged.entry
        if entry["event_id"] in seen:
            raise Differs(
                f"{place.pointer}/event_id", entry["event_id"], "an identifier of its own"
            )
        seen.add(entry["event_id"])
        if before and entry["ledger_seq"] <= before["ledger_seq"]:
            raise Differs(
                f"{place.pointer}/ledger_seq", entry["ledger_seq"], "more than the one before"
            )
        if before and entry["recorded_at"] < before["recorded_at"]:
            raise Differs(
                f"{place.pointer}/recorded_at", entry["recorded_at"], "not before the one before"
            )
        before = entry
        yield logged


def _value_at(document: object, pointer: str) -> object:
    """What stands at a JSON pointer; absent where nothing does."""
    value = document
    for step in pointer.split("/")[1:]:
        key = step.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict) and key in value:
            value = value[key]
        elif isinstance(value, list) and key.isdigit() and int(key) < len(value):
            value = value[int(key)]
        else:
            return ABSENT
    return value
