"""The headers of a command: its idempotency key, and the version it was decided on."""

from __future__ import annotations

import re
from typing import Annotated, Final

from fastapi import Header

from application.context import KEY_LENGTH_MAX
from domain.errors import DomainError

COMMANDS: Final = (
    "idempotency-key-missing", "idempotency-key-malformed", "idempotency-key-reused",
    "unreadable-body", "body-too-large", "not-recordable", "ledger-unavailable",
    "ledger-busy",
)  # fmt: skip
"""The problems of every command."""

_KEY: Final = re.compile(rf"[!#-\[\]-~]{{1,{KEY_LENGTH_MAX}}}", re.ASCII)

IdempotencyHeader = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        description="Required. A new value, best a UUID, for each new command; the same one for"
        " each retry of it. Kept for ever. With or without double quotes.",
        examples=['"8e03978e-40d5-43dd-bc93-6894a57f9324"'],
    ),
]
VersionHeader = Annotated[
    str | None,
    Header(
        alias="If-Match",
        pattern=r'^"[0-9]{1,9}"$',
        description="The version that the command was decided on: an `ETag`.",
        examples=['"57"'],
    ),
]


class IdempotencyKeyMissing(DomainError):
    """A command came without a key, so a retry of it could not be told from a new one."""

    code = "idempotency-key-missing"


class IdempotencyKeyMalformed(DomainError):
    """The idempotency key is empty, too long, or has characters that no key may have."""

    code = "idempotency-key-malformed"


class VersionRequired(DomainError):
    """The command rests on what its caller saw, and came without the version of that."""

    code = "version-required"


def key_in(header: str | None) -> str:
    """The key in the header, without its quotes.

    Refuses with IdempotencyKeyMissing or IdempotencyKeyMalformed.
    """
    if header is None:
        raise IdempotencyKeyMissing(
            "A command needs the header `Idempotency-Key`; send a new UUID with each new command."
        )
    quoted = len(header) > 1 and header.startswith('"') and header.endswith('"')
    key = header[1:-1] if quoted else header
    if not _KEY.fullmatch(key):
        raise IdempotencyKeyMalformed(
            f"`Idempotency-Key` is 1 to {KEY_LENGTH_MAX} visible ASCII characters, with no quote,"
            " backslash or space in it."
        )
    return key


def version_in(header: str | None) -> int | None:
    """The version in `If-Match`; None when any will do."""
    return None if header is None else int(header.strip('"'))
