"""How a command goes from a request to the log: who, under which key, and what is answered."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Annotated, Final, TypeVar

from fastapi import Depends, Request, Response
from pydantic import Field

from application.accounts.commands import CloseDay, NoteRelease, PassTime, VoidExecution
from application.accounts.moving import MoveAccount, MoveAccountToProgram
from application.context import CommandContext, IdempotencyKey, acting
from application.ledger import Ledger, Receipt
from application.news.commands import ScheduleRelease, WithdrawRelease
from application.pipeline import carry_out, fingerprint_of
from application.plans.commands import PublishPack
from domain.errors import DomainError
from interfaces.http.desk import Caller, Desk, desk_of
from interfaces.http.fields import AccountId, Wire
from interfaces.http.idempotency import (
    IdempotencyHeader,
    VersionHeader,
    VersionRequired,
    key_in,
    version_in,
)
from interfaces.http.positions import sealed

TCommand = TypeVar("TCommand")
TTimed = TypeVar(
    "TTimed",
    CloseDay,
    MoveAccount,
    MoveAccountToProgram,
    NoteRelease,
    PassTime,
    PublishPack,
    ScheduleRelease,
    VoidExecution,
    WithdrawRelease,
)

# What stands in the fingerprint for a value that the caller left to us: it differs at each attempt.
UNSTATED: Final = datetime(1, 1, 1, tzinfo=UTC)


class ReceiptOut(Wire):
    """What a command did."""

    account_id: AccountId
    version: int = Field(description="Of the account now; the same as the ETag", examples=[57])
    recorded: bool = Field(
        description="False when the ledger knew it all before, and nothing changed",
        examples=[True],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter:
    """Where one request hands in its command."""

    desk: Desk
    caller: Caller
    request: Request
    response: Response
    key: str
    expected_version: int | None

    def hand_in(
        self,
        handler: Callable[[TCommand, Ledger], Receipt],
        command: TCommand,
        *,
        stated: TCommand | None = None,
        reason: str | None = None,
    ) -> ReceiptOut:
        """Carry out a command on an account: see `carry`."""
        receipt = self.carry(handler, command, stated=stated, reason=reason)
        return ReceiptOut(
            account_id=receipt.stream_id,
            version=receipt.version,
            recorded=receipt.position is not None,
        )

    def carry(
        self,
        handler: Callable[[TCommand, Ledger], Receipt],
        command: TCommand,
        *,
        stated: TCommand | None = None,
        reason: str | None = None,
    ) -> Receipt:
        """Carry the command out, once for its key, and set the headers of the answer.

        `stated` is the command as far as the caller stated it, when we filled in the rest.
        """
        key = IdempotencyKey(
            scope=f"{self.caller.subject} {self.request.method} {self.request.url.path}",
            key=self.key,
            fingerprint=fingerprint_of(command if stated is None else stated),
        )
        context = CommandContext(
            actor=self.caller.actor,
            correlation_id=self.request.state.correlation_id,
            request_id=self.request.state.request_id,
            reason=reason,
            idempotency=key,
        )
        with acting(context):
            receipt = carry_out(handler, command, self.desk.runtime.ledger)
        self._head(receipt)
        return receipt

    def insist_on_version(self) -> int:
        """The version the caller decided on. Refuses with VersionRequired when none was sent."""
        if self.expected_version is None:
            raise VersionRequired(
                "This is decided on what you saw; send the `ETag` of the account or of the payout"
                " in `If-Match`."
            )
        return self.expected_version

    def _head(self, receipt: Receipt) -> None:
        headers = self.response.headers
        headers["ETag"] = f'"{receipt.version}"'
        if receipt.position is not None:
            headers["Ledger-Position"] = sealed(self.desk, receipt.position)
        if receipt.replayed:
            headers["Idempotent-Replayed"] = "true"


def counter_of(
    request: Request,
    response: Response,
    caller: Caller,
    idempotency_key: IdempotencyHeader = None,
    if_match: VersionHeader = None,
) -> Counter:
    """The counter of a request. Refuses with IdempotencyKeyMissing or IdempotencyKeyMalformed."""
    return Counter(
        desk=desk_of(request),
        caller=caller,
        request=request,
        response=response,
        key=key_in(idempotency_key),
        expected_version=version_in(if_match),
    )


TheCounter = Annotated[Counter, Depends(counter_of)]


@contextmanager
def pointing_at(pointer: str) -> Iterator[None]:
    """Whatever is refused inside the block is the fault of this place of the body."""
    try:
        yield
    except DomainError as refusal:
        within = str(refusal.facts.get("pointer", ""))
        refusal.facts["pointer"] = f"{pointer}{within}"
        raise


def at_unstated(command: TTimed) -> TTimed:
    """The command without the time that we gave it."""
    return replace(command, at=UNSTATED)
