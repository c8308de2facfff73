"""Up to when an account is settled: what is told of a moment before comes too late to be judged."""

from __future__ import annotations

from datetime import datetime

from domain.accounts.events import AccountEvent, ReleaseNoted


def settled_after(settled_at: datetime, event: AccountEvent) -> datetime:
    """The latest moment that any event took effect at. Verdicts of time are recorded after what
    came later, so the newest event need not be the latest; a release that is noted says nothing of
    what the account holds.
    """
    return settled_at if isinstance(event, ReleaseNoted) else max(settled_at, event.timestamp)
