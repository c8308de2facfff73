"""The firm's scheduled news: what is released when, and what was taken off the calendar."""

from datetime import datetime
from typing import Any, Final, TypeAlias

from psycopg import Cursor
from typing_extensions import override

from domain.news.calendar import month_of
from domain.news.events import ReleaseScheduled, ReleaseWithdrawn
from projections.kernel import DDL, Batch, Projection, Row
from projections.writing import copy_rows

COLUMNS: Final = (
    "month", "release_id", "title", "released_at", "impact", "roots", "calendar_id", "ledger_seq",
    "withdrawn_at", "withdraw_reason",
)  # fmt: skip
WITHDRAW: Final = """
UPDATE news_releases SET withdrawn_at = %s, withdraw_reason = %s
WHERE calendar_id = %s AND release_id = %s
"""
Withdrawn: TypeAlias = tuple[datetime | None, str | None]
STANDING: Final[Withdrawn] = (None, None)


class NewsReleases(Projection):
    """One row per release ever scheduled. `roots` null is every product; a withdrawn one stays."""

    name = "news_releases"
    ddl = DDL(
        names=("news_releases",),
        tables="""
CREATE TABLE news_releases (
    month text NOT NULL,
    release_id text NOT NULL,
    title text NOT NULL,
    released_at timestamptz NOT NULL,
    impact text NOT NULL,
    roots text[],
    calendar_id uuid NOT NULL,
    ledger_seq bigint NOT NULL,
    withdrawn_at timestamptz,
    withdraw_reason text,
    PRIMARY KEY (calendar_id, release_id)
);
""",
        indexes="""
CREATE INDEX news_releases_by_time ON news_releases (released_at, ledger_seq);
""",
    )

    @override
    def project(self, batch: Batch, cursor: Cursor[Any]) -> None:
        scheduled: dict[tuple[object, str], Row] = {}
        withdrawn: dict[tuple[object, str], Withdrawn] = {}
        for each, planned in batch.happened.of(ReleaseScheduled):
            key = (planned.originator_id, planned.release_id)
            scheduled[key] = (*_row(planned), each.recorded.ledger_seq)
        for _, event in batch.happened.of(ReleaseWithdrawn):
            withdrawn[event.originator_id, event.release_id] = (event.timestamp, event.reason)
        rows = [(*row, *withdrawn.pop(key, STANDING)) for key, row in scheduled.items()]
        copy_rows(cursor, "news_releases", COLUMNS, rows, arrays=("roots",))
        if withdrawn:
            cursor.executemany(WITHDRAW, [(*how, *key) for key, how in withdrawn.items()])


def _row(event: ReleaseScheduled) -> Row:
    return (
        month_of(event.released_at),
        event.release_id,
        event.title,
        event.released_at,
        event.impact,
        list(event.roots) if event.roots else None,
        event.originator_id,
    )
