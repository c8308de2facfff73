"""What every list is asked with, and what it answers."""

from __future__ import annotations

from typing import Final, Generic, TypeVar

from pydantic import Field

from interfaces.http.fields import Wire

LIMIT: Final = 50
LIMIT_MAX: Final = 200
_CURSOR: Final = "v1.q83vEjRWeJq83vEj.c2VhbGVkIGN1cnNvcg.mnqVIUz7mZsTyVDk5h0xbA"
TItem = TypeVar("TItem")


class PageIn(Wire):
    """Which page of a list; lists with filters add them to this."""

    limit: int = Field(
        default=LIMIT,
        ge=1,
        le=LIMIT_MAX,
        strict=False,
        description="Rows in the page",
        examples=[50],
    )
    cursor: str | None = Field(
        default=None,
        max_length=4096,
        description="`next_cursor` of the page before; excludes every other parameter",
        examples=[_CURSOR],
    )


class PageOut(Wire, Generic[TItem]):
    """One page of a list, newest first."""

    data: list[TItem]
    next_cursor: str | None = Field(
        description="Send it as `cursor`, alone, for the next page; null at the end",
        examples=[_CURSOR],
    )
