"""Up to when an account is settled: what is told of a moment before comes too late to be judged."""

from __future__ import annotations

from datetime import datetime

from domain.accounts.events import AccountEvent, ReleaseNoted


def settled_after(settled_at: datetime, event: AccountEvent) -> datetime:
    """The latest moment that any event took effect at. Verdicts of time are recorded after what
    came later, so the newest event need not be the latest; a release that is noted says nothing of
    what the account holds.
    """
    at = event.timestamp
    return at if at > settled_at and not isinstance(event, ReleaseNoted) else settled_at
