"""A trader's consent to be judged by another rule pack."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from domain.documents import canonical_json

STATEMENT_LENGTH_MAX: Final = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """Who agreed, when and in which words. `statement_hash` ties the words to one account and to
    the two packs: see `statement_hash_of`.
    """

    given_by: UUID
    given_at: datetime
    statement: str
    statement_hash: str


def statement_hash_of(
    *,
    account_id: UUID,
    from_hash: str,
    pack_hash: str,
    given_by: UUID,
    given_at: datetime,
    statement: str,
) -> str:
    """SHA-256 of the canonical document of a consent, in lower-case hex.

    It names the account, the pack left and the pack taken, so that no consent can be used for
    another account or for other rules.
    """
    document = {
        "account_id": str(account_id),
        "from_hash": from_hash,
        "pack_hash": pack_hash,
        "given_by": str(given_by),
        "given_at": given_at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "statement": statement,
    }
    return hashlib.sha256(canonical_json(document).encode()).hexdigest()
