"""The W3C header `traceparent`: read strictly, and never more than 55 characters of it."""

from __future__ import annotations

import re
from typing import Final

# Neither an unknown version nor an id of zeros is one. https://www.w3.org/TR/trace-context/
TRACEPARENT: Final = re.compile(
    r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})", re.ASCII
)
SAMPLED: Final = 1


def traceparent(given: str) -> str | None:
    """What a caller sent, in the version that is written here; None when it is none."""
    found = TRACEPARENT.fullmatch(given)
    return f"00-{found[1]}-{found[2]}-{found[3]}" if found else None


def trace_id(given: str) -> str | None:
    """The trace that it names, in hex."""
    found = TRACEPARENT.fullmatch(given)
    return found[1] if found else None


def is_sampled(given: str) -> bool:
    """Whether somebody records this trace."""
    found = TRACEPARENT.fullmatch(given)
    return found is not None and bool(int(found[3], 16) & SAMPLED)
