"""Positions as clients see them: sealed, so that nobody reads the firm's volume out of a number."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Final

from fastapi import Header

from domain.errors import DomainError
from interfaces.http.desk import Desk
from interfaces.http.sealing import NotSealed

READS: Final = (
    "account-parked", "position-refused", "projection-behind", "read-model-outdated",
    "read-models-missing", "read-models-unavailable",
)  # fmt: skip
"""The problems of every query."""

WAIT_SECONDS: Final = 1
WAIT_SECONDS_MAX: Final = 5
_DIGITS: Final = 19
_WAIT = re.compile(r"(?:^|[,;\s])wait=\"?(\d{1,6})\"?(?=$|[,;\s])", re.ASCII)

MinimumPosition = Annotated[
    str | None,
    Header(
        alias="Ledger-Position-Min",
        description="A `Ledger-Position` that the answer must hold; 503 if it does not in time.",
        examples=["v1.iSc6ItDWAPfo_ZAF.hu5d7duRJg.ENfHuZKcOAKQn0jts4vZDg"],
    ),
]
Preference = Annotated[
    str | None,
    Header(
        alias="Prefer",
        description=f"`wait=n`: how many seconds to wait for it; {WAIT_SECONDS} unless told,"
        f" {WAIT_SECONDS_MAX} at the most.",
        examples=["wait=2"],
    ),
]


class PositionRefused(DomainError):
    """The text is not a position that this ledger gave out."""

    code = "position-refused"


class ProjectionBehind(DomainError):
    """The read model does not hold the position yet that the caller asked for."""

    code = "projection-behind"


def sealed(desk: Desk, position: int) -> str:
    """A position for the header `Ledger-Position`."""
    # As long for every position: the length of a sealed text shows.
    return desk.sealer.seal("position", {"p": f"{position:0{_DIGITS}d}"})


def opened(desk: Desk, text: str | None) -> int:
    """The position in a header; 0 for none. Refuses with PositionRefused."""
    if text is None:
        return 0
    try:
        return int(desk.sealer.open("position", text)["p"])
    except NotSealed as fault:
        raise PositionRefused(
            "`Ledger-Position-Min` is not a position of this ledger; send the value of a"
            " `Ledger-Position` header exactly as it was given."
        ) from fault


def patience(desk: Desk, prefer: str | None) -> timedelta:
    """How long the caller waits; preferences that are not understood are ignored (RFC 7240)."""
    found = _WAIT.search(prefer or "")
    wanted = int(found[1]) if found else WAIT_SECONDS
    limit = min(WAIT_SECONDS_MAX, desk.runtime.settings.wait_seconds_max)
    return timedelta(seconds=min(wanted, limit))
