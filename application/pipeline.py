"""The one way every command goes: key first, then the handler, again on a lost race."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import fields, is_dataclass, replace
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID

from application.context import acting, current_context
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
    version. The ledger's observer is told, and gives the trace that the events belong to.
    """
    with ledger.observer.carrying_out(type(command).__name__) as told, _traced(told.trace_context):
        receipt = _once_for_its_key(handler, command, ledger)
        told.answered(replayed=receipt.replayed, changed=receipt.position is not None)
        return receipt


def _traced(trace_context: str | None) -> AbstractContextManager[None]:
    """The context of the command, in this trace if there is one."""
    if trace_context is None:
        return nullcontext()
    return acting(replace(current_context(), trace_context=trace_context))


def _once_for_its_key(
    handler: Callable[[TCommand, Ledger], Receipt], command: TCommand, ledger: Ledger
) -> Receipt:
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
