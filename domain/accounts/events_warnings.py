"""What an account is told before a limit is broken."""

from __future__ import annotations

from datetime import date
from typing import Literal

from domain.kernel import Event


class LimitApproached(Event):
    """So much of a limit is used that its trader was warned. A warning, never a verdict.

    `percent` is the level that was crossed. `used` is the exact share as a decimal text, cut to
    four places: it never says that a limit is reached before it is. `observed`, `limit`,
    `threshold` and `evidence` are those that the verdict would have, in `unit`; for days that pass
    of themselves the limit is how many of them can be traded in. Where a limit is of one product,
    or of all, the threshold names it as `subject`.
    """

    TOPIC = "account.limit_approached"
    rule: str
    percent: Literal[80, 90]
    observed: str
    limit: str
    unit: Literal["USD", "days", "contracts", "units"]
    used: str
    trading_day: date
    threshold: dict[str, str]
    evidence: tuple[int, ...]
    pack_hash: str
