"""What a problem is to a client: a status, a title, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """One code's row. `retryable`: the same request, with the same key, may succeed later."""

    status: int
    title: str
    remedy: str
    retryable: bool = False
