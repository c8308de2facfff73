"""The write side of the log, as handlers see it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar
from uuid import UUID

from application.context import IdempotencyKey
from application.observing import UNOBSERVED, Observer
from domain.kernel import Aggregate, Event

TAggregate = TypeVar("TAggregate", bound=Aggregate)


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What a command returns: which stream stands where.

    `position` is the `ledger_seq` of the command's last event; None when it changed nothing.
    `replayed` says that the same key had been used before and this is the first answer again.
    """

    stream_id: UUID
    version: int
    position: int | None
    replayed: bool = False


class Ledger(Protocol):
    """Loads aggregates and saves what they decided. Keys and metadata come from the context.

    `observer` is told of what is done with it.
    """

    observer: Observer = UNOBSERVED

    def load(
        self, kind: type[TAggregate], stream_id: UUID, *, expected_version: int | None = None
    ) -> TAggregate:
        """Rebuild from the log. Refuses with StreamNotFound, or StaleVersion if the newest
        version is not `expected_version`.
        """

    def history(self, aggregate: Aggregate) -> Sequence[Event]:
        """All recorded events of an aggregate up to its version, oldest first."""

    def save(self, *aggregates: Aggregate, expect: Mapping[UUID, int] | None = None) -> Receipt:
        """Append what is pending on all of them, whole or not at all, with the context's key.

        `expect` names streams that the command read and does not write, with the version that each
        had; 0 for one that did not exist. When one has changed since, that is a WriteConflict.

        The receipt is of the first aggregate. Nothing pending and a key: the key is kept all the
        same. Refuses with WriteConflict, IdempotencyKeyReused, NaturalKeyTaken (same natural key,
        other content) or LedgerUnavailable. A natural key already in the log with the same content
        changes nothing: the receipt has no position. The same key with the same fingerprint
        answers with the first receipt, `replayed`.
        """

    def receipt_of(self, key: IdempotencyKey) -> Receipt | None:
        """The receipt once given for this key, or None. Refuses with IdempotencyKeyReused when the
        fingerprint is another.
        """
