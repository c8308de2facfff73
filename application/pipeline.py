"""The one way every command goes: key first, then the handler, again on a lost race."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID

from application.context import current_context
from application.errors import LedgerUnavailable, WriteConflict
from application.ledger import Ledger, Receipt
from domain.documents import canonical_json
from domain.errors import DomainError
from domain.rules.canonical import decimal_text

TCommand = TypeVar("TCommand")

ATTEMPTS_MAX = 5


def carry_out(
    handler: Callable[[TCommand, Ledger], Receipt], command: TCommand, ledger: Ledger
) -> Receipt:
    """Run a handler once for its key.

    A key used before with the same input answers with the first receipt. So does a refusal, if the
    key has been used by then: a twin of this command came first, and changed what this one saw. A
    race lost to another command is tried again on the newer state, unless the caller insisted on a
    version.
    """
    key = current_context().idempotency
    if key and (given := ledger.receipt_of(key)):
        return given
    try:
        return _persistently(handler, command, ledger)
    except LedgerUnavailable:
        raise
    except DomainError:
        if key and (given := ledger.receipt_of(key)):
            return given
        raise


def _persistently(
    handler: Callable[[TCommand, Ledger], Receipt], command: TCommand, ledger: Ledger
) -> Receipt:
    insists = getattr(command, "expected_version", None) is not None
    for attempt in range(1, ATTEMPTS_MAX + 1):
        try:
            return handler(command, ledger)
        except WriteConflict:
            if insists or attempt == ATTEMPTS_MAX:
                raise
    raise AssertionError("the last attempt answers or raises")


def fingerprint_of(command: object) -> str:
    """SHA-256 of the canonical command, in hex: what two uses of one key are compared by."""
    assert is_dataclass(command)
    assert not isinstance(command, type)
    document = {each.name: _plain(getattr(command, each.name)) for each in fields(command)}
    document["command"] = type(command).__name__
    return hashlib.sha256(canonical_json(document).encode()).hexdigest()


def _plain(value: object) -> Any:
    match value:
        case str() | int() | None:
            return value
        case dict():
            return {str(key): _plain(each) for key, each in value.items()}
        case tuple() | list():
            return [_plain(each) for each in value]
        case datetime() | date() | time():
            return value.isoformat()
        case Decimal():
            return decimal_text(value)
        case UUID():
            return str(value)
        case _ if is_dataclass(value) and not isinstance(value, type):
            return {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
        case _:
            return value
