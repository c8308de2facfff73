"""The restatement report: which figures that were shown a correction changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from application.log import Log, LogSelection, RecordedEvent
from domain.accounts.events import TradingDayClosed
from domain.accounts.events_corrections import HistoryCorrected
from domain.money import USD

ACCOUNT = "account"
_UNITS = "_units"


@dataclass(frozen=True, slots=True, kw_only=True)
class RestatedFigure:
    """One figure of an account or of one of its days; amounts are decimal texts.

    `shown` is what it was from `shown_from` until the correction was recorded; None when it was
    not shown before, and `now` None when there is no such figure any more.
    """

    account_id: UUID
    correction: int
    ledger_seq: int
    execution: str
    subject: str
    figure: str
    shown: str | None
    now: str | None
    shown_from: datetime | None
    corrected_at: datetime
    belongs_at: datetime


def restated_figures(log: Log, *, account_id: UUID | None = None) -> Iterator[RestatedFigure]:
    """Every changed figure of one account, or of all, in the order of the log."""
    types = (HistoryCorrected.TOPIC, TradingDayClosed.TOPIC)
    if account_id is None:
        accounts = dict.fromkeys(
            each.stream_id for each in log.stream(LogSelection(event_types=types[:1]))
        )
    else:
        accounts = {account_id: None}
    for account in accounts:
        shown: dict[str, datetime] = {}
        for recorded in log.stream(LogSelection(stream_id=account, event_types=types)):
            event = log.decode(recorded)
            if isinstance(event, TradingDayClosed):
                shown[event.trading_day.isoformat()] = recorded.recorded_at
            elif isinstance(event, HistoryCorrected):
                yield from _figures(recorded, event, shown)


def _figures(
    recorded: RecordedEvent, event: HistoryCorrected, shown: dict[str, datetime]
) -> Iterator[RestatedFigure]:
    whole = {"trading_day": ACCOUNT, "before": event.before, "after": event.after}
    for part in (whole, *event.days):
        before, after = part["before"] or {}, part["after"] or {}
        subject = part["trading_day"]
        names = [name for name in (before or after) if before.get(name) != after.get(name)]
        for name in names:
            yield RestatedFigure(
                account_id=recorded.stream_id,
                correction=event.originator_version,
                ledger_seq=recorded.ledger_seq,
                execution=f"{event.correction} {event.execution} {event.execution_id}",
                subject=subject,
                figure=name.removesuffix(_UNITS),
                shown=_text(name, before.get(name)),
                now=_text(name, after.get(name)),
                shown_from=shown.get(subject),
                corrected_at=recorded.recorded_at,
                belongs_at=event.effective_at,
            )
        shown[subject] = recorded.recorded_at


def _text(name: str, value: object) -> str | None:
    if value is None:
        return None
    return str(USD(value)) if isinstance(value, int) and name.endswith(_UNITS) else str(value)
