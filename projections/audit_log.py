"""Who did what, when and why: every event of the log as one plain sentence."""

from collections.abc import Callable, Mapping
from typing import Any, Final, cast

from psycopg import Cursor
from typing_extensions import override

from domain.accounts.events import AccountEvent
from domain.archives.events import ArchiveMade
from domain.dead_letters.events import DeadLetterTakenUp, DiscardOrdered, RetryOrdered
from domain.exports.events import ExportMade
from domain.kernel import Event
from domain.news.events import NewsMonthBegun, ReleaseScheduled, ReleaseWithdrawn
from domain.plans.events import PackVersionPublished
from projections.kernel import DDL, Batch, Projected, Projection, Row
from projections.sentences import sentence_of
from projections.sentences_archives import sentence_of_archive
from projections.sentences_dead_letters import sentence_of_dead_letter
from projections.sentences_exports import sentence_of_export
from projections.sentences_news import sentence_of_news
from projections.sentences_packs import sentence_of_version
from projections.writing import copy_rows

COLUMNS: Final = (
    "ledger_seq", "stream_id", "account_id", "trader_id", "stream_version", "event_id",
    "event_type", "actor", "correlation_id", "causation_id", "request_id", "reason", "summary",
    "effective_at", "recorded_at",
)  # fmt: skip


class AuditLog(Projection):
    """One row per event, whatever its stream."""

    name = "audit_log"
    ddl = DDL(
        names=("audit_log",),
        tables="""
CREATE TABLE audit_log (
    ledger_seq bigint PRIMARY KEY,
    stream_id uuid NOT NULL,
    account_id uuid,
    trader_id uuid,
    stream_version integer NOT NULL,
    event_id uuid NOT NULL,
    event_type text NOT NULL,
    actor text NOT NULL,
    correlation_id text,
    causation_id text,
    request_id text,
    reason text,
    summary text NOT NULL,
    effective_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL
);
""",
        indexes="""
CREATE INDEX audit_log_by_account ON audit_log (account_id, ledger_seq DESC);
CREATE INDEX audit_log_by_actor ON audit_log (actor, ledger_seq DESC);
CREATE INDEX audit_log_by_type ON audit_log (event_type, ledger_seq DESC);
CREATE INDEX audit_log_by_time ON audit_log (recorded_at);
""",
    )

    @override
    def project(self, batch: Batch, cursor: Cursor[Any]) -> None:
        copy_rows(cursor, "audit_log", COLUMNS, [_row(each) for each in batch.events])


def _row(each: Projected) -> Row:
    recorded, moment = each.recorded, each.moment
    return (
        recorded.ledger_seq,
        recorded.stream_id,
        recorded.stream_id if moment else None,
        moment.trader_id if moment else None,
        recorded.stream_version,
        recorded.event_id,
        recorded.event_type,
        recorded.actor,
        recorded.correlation_id,
        recorded.causation_id,
        recorded.request_id,
        recorded.reason,
        _summary(each),
        recorded.effective_at,
        recorded.recorded_at,
    )


def _summary(each: Projected) -> str:
    event, moment = each.event, each.moment
    if event is not None and moment is not None:
        return sentence_of(cast("AccountEvent", event), balance=moment.balance)
    told = _BESIDE_ACCOUNTS.get(type(event))
    return told(event) if told else f"The event {each.recorded.event_type} was recorded."


_BESIDE_ACCOUNTS: Final[Mapping[type[Event | None], Callable[[Any], str]]] = {
    PackVersionPublished: sentence_of_version,
    **dict.fromkeys((NewsMonthBegun, ReleaseScheduled, ReleaseWithdrawn), sentence_of_news),
    ExportMade: sentence_of_export,
    ArchiveMade: sentence_of_archive,
    **dict.fromkeys((DeadLetterTakenUp, RetryOrdered, DiscardOrdered), sentence_of_dead_letter),
}
