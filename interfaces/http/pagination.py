"""Pages of a list: newest first, no totals, and a sealed cursor that carries everything."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, Protocol, TypeVar

from fastapi import Depends, Request

from domain.errors import DomainError
from interfaces.http.desk import Desk, TheDesk
from interfaces.http.page_models import PageIn, PageOut
from interfaces.http.sealing import NotSealed

TItem = TypeVar("TItem")
TRow = TypeVar("TRow")


class CursorRefused(DomainError):
    """The cursor is not one of this list, or came with other parameters."""

    code = "cursor-refused"


TAsked = TypeVar("TAsked", bound=PageIn)


class Holding(Protocol):
    """Whatever rows were read from, at one position of the log."""

    @property
    def position(self) -> int:
        """The last `ledger_seq` that it holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[TAsked]):
    """The page asked for. `after` is the sort key of the last row seen, None at the start;
    `position` is what the page before held: a later page never shows an older ledger.
    """

    desk: Desk
    path: str
    asked: TAsked
    after: Sequence[Any] | None = None
    position: int = 0

    @property
    def rows_wanted(self) -> int:
        """One row more than the page shows, to know whether another page follows."""
        return min(self.asked.limit, self.desk.runtime.settings.page_size_max) + 1

    def of(
        self,
        rows: Sequence[TRow],
        make: Callable[[TRow], TItem],
        *,
        key: Callable[[TRow], Sequence[object]],
        snapshot: Holding,
    ) -> PageOut[TItem]:
        """The answer from up to `rows_wanted` rows."""
        shown = rows[: self.rows_wanted - 1]
        follows = len(rows) > len(shown)
        cursor = self._cursor(key(shown[-1]), snapshot.position) if follows else None
        return PageOut(data=[make(row) for row in shown], next_cursor=cursor)

    def _cursor(self, after: Sequence[object], position: int) -> str:
        asked = self.asked.model_dump(mode="json", by_alias=True, exclude_unset=True)
        document = {
            "path": self.path,
            "asked": asked,
            "after": [each if isinstance(each, int) else str(each) for each in after],
            "position": position,
        }
        return self.desk.sealer.seal("cursor", document)


@dataclass(frozen=True, slots=True)
class Pages:
    """Turns to the page that a request asks for."""

    desk: Desk
    path: str

    def turn_to(self, asked: TAsked) -> Page[TAsked]:
        """The first page, or the one after a cursor. Refuses with CursorRefused."""
        if asked.cursor is None:
            return Page(desk=self.desk, path=self.path, asked=asked)
        if asked.model_fields_set != {"cursor"}:
            raise CursorRefused("A cursor carries every parameter of its list; send it alone.")
        try:
            kept = self.desk.sealer.open("cursor", asked.cursor)
        except NotSealed as fault:
            raise _foreign() from fault
        if kept["path"] != self.path:
            raise _foreign()
        return Page(
            desk=self.desk,
            path=self.path,
            asked=type(asked).model_validate(kept["asked"]),
            after=kept["after"],
            position=kept["position"],
        )


def pages_of(request: Request, desk: TheDesk) -> Pages:
    """The pages of the list at the request's path."""
    return Pages(desk, request.url.path)


def _foreign() -> CursorRefused:
    return CursorRefused(
        "This is not a cursor of this list; send `next_cursor` exactly as it was given, to the"
        " same path."
    )


ThePages = Annotated[Pages, Depends(pages_of)]
