"""Lists on two clocks: what was true at one moment, by what was known at another."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, TypeAlias
from uuid import UUID

from fastapi import Query
from pydantic import Field

from application.accounts.queries import NOW, TwoClocks
from application.errors import StreamNotFound
from interfaces.http.fields import Moment
from interfaces.http.ownership import insist_on_seeing
from interfaces.http.page_models import PageIn
from interfaces.http.pagination import Holding, Page
from interfaces.http.positions import sealed
from interfaces.http.reading import Reader, Row
from projections.past import Past, past_of

AsOf: TypeAlias = Annotated[
    Moment | None, Query(description="As the world stood then: by when events took effect")
]
KnownAt: TypeAlias = Annotated[
    Moment | None, Query(description="By what was known then: by when events were recorded")
]
Key: TypeAlias = tuple[Any, ...]
Read: TypeAlias = tuple[Sequence[Row], Holding]
"""Rows, and what they were read from."""


class ClockedIn(PageIn):
    """Two clocks. With either the list is worked out from the log of the account."""

    as_of: Moment | None = Field(
        default=None, description="As the world stood then: by when events took effect"
    )
    known_at: Moment | None = Field(
        default=None, description="By what was known then: by when events were recorded"
    )

    @property
    def clocks(self) -> TwoClocks:
        """What is asked for."""
        return TwoClocks(as_of=self.as_of, known_at=self.known_at)

    @property
    def looks_back(self) -> bool:
        """Whether either clock was given."""
        return self.clocks != NOW


class PronouncedIn(PageIn):
    """Two clocks. What was pronounced stays as it was, whatever was corrected since."""

    as_of: Moment | None = Field(default=None, description="Only those in effect by then")
    known_at: Moment | None = Field(default=None, description="Only those recorded by then")


@dataclass(frozen=True, slots=True)
class LookedBack:
    """An account on two clocks; `position` is the head of the log that it was read from."""

    past: Past
    position: int


def look_back(reader: Reader, account_id: UUID, asked: TwoClocks) -> LookedBack:
    """The account as it was. Sets `Ledger-Position`; refuses with StreamNotFound."""
    log = reader.desk.runtime.log
    head = log.head()
    reader.response.headers["Ledger-Position"] = sealed(reader.desk, head)
    try:
        past = past_of(log, account_id, replace(asked, at_seq=head))
    except StreamNotFound:
        # The same words as for an account that is not the caller's.
        insist_on_seeing(reader.caller, None, account_id)
        raise
    insist_on_seeing(reader.caller, past.trader_id, account_id)
    return LookedBack(past, head)


def rows_wanted(
    rows: Sequence[Row],
    page: Page[Any],
    *,
    key: Callable[[Row], Key],
    after: Sequence[Any] | None,
    given: Mapping[str, object] | None = None,
) -> Sequence[Row]:
    """The rows of a page, newest first by their key; a filter that is None lets all through."""
    wanted = {name: value for name, value in (given or {}).items() if value is not None}
    met = (row for row in rows if all(row[name] == value for name, value in wanted.items()))
    left = (row for row in met if after is None or key(row) < tuple(after))
    return sorted(left, key=key, reverse=True)[: page.rows_wanted]
