"""The restatement report: which figures, shown or exported, a correction changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from application.exports.carrying import KnownExport, known_exports
from application.log import Log, LogSelection, RecordedEvent
from domain.accounts.correcting import standing_figures
from domain.accounts.events import AccountEvent, AccountOpened, TradingDayClosed
from domain.accounts.events_corrections import HistoryCorrected
from domain.accounts.evolve import begin, evolve
from domain.accounts.restating import day_figures
from domain.accounts.state import AccountState
from domain.money import USD

ACCOUNT = "account"
_UNITS = "_units"


@dataclass(frozen=True, slots=True, kw_only=True)
class CarriedBy:
    """An export that was given out with a figure as it was before."""

    manifest_sha256: str
    made_by: str
    made_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RestatedFigure:
    """One figure of an account or of one of its days; amounts are decimal texts.

    `shown` is what it was from `shown_from` until the correction was recorded; None when it was
    not shown before, and `now` None when there is no such figure any more. `exports` are those that
    were given out with it.
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
    shown_seq: int | None
    corrected_at: datetime
    belongs_at: datetime
    exports: tuple[CarriedBy, ...]


class _Shown:
    """Since which event each figure of one account has been what it is."""

    def __init__(self) -> None:
        self.opening: RecordedEvent | None = None
        self._state: AccountState | None = None
        self._figures: dict[str, dict[str, object]] = {}
        self._since: dict[tuple[str, str], RecordedEvent] = {}

    def since(self, subject: str, figure: str) -> RecordedEvent | None:
        """The event that showed it; None when it was not shown."""
        return self._since.get((subject, figure))

    def take_in(self, recorded: RecordedEvent, event: AccountEvent) -> None:
        """Note what the next event shows anew."""
        if isinstance(event, AccountOpened):
            self.opening, self._state = recorded, begin(event)
        else:
            assert self._state is not None, "a stream begins with the opening of its account"
            evolve(self._state, event)
        self._note(ACCOUNT, standing_figures(self._state), recorded)
        if isinstance(event, TradingDayClosed):
            self._note(event.trading_day.isoformat(), day_figures(event), recorded)
        elif isinstance(event, HistoryCorrected):
            for day in event.days:
                self._note(day["trading_day"], day["after"] or {}, recorded)

    def _note(self, subject: str, figures: dict[str, Any], recorded: RecordedEvent) -> None:
        before = self._figures.get(subject, {})
        for name in before.keys() - figures.keys():
            del self._since[subject, name]
        for name, value in figures.items():
            if name not in before or before[name] != value:
                self._since[subject, name] = recorded
        self._figures[subject] = dict(figures)


def restated_figures(log: Log, *, account_id: UUID | None = None) -> Iterator[RestatedFigure]:
    """Every changed figure of one account, or of all, in the order of the log."""
    exports = known_exports(log, account_id=account_id)
    for account in _corrected_accounts(log) if account_id is None else (account_id,):
        shown = _Shown()
        for recorded in log.stream(LogSelection(stream_id=account)):
            event = cast("AccountEvent", log.decode(recorded))
            if isinstance(event, HistoryCorrected):
                yield from _figures(recorded, event, shown, exports)
            shown.take_in(recorded, event)


def _corrected_accounts(log: Log) -> Iterable[UUID]:
    corrections = LogSelection(event_types=(HistoryCorrected.TOPIC,))
    return dict.fromkeys(each.stream_id for each in log.stream(corrections))


def _figures(
    recorded: RecordedEvent,
    event: HistoryCorrected,
    shown: _Shown,
    exports: Sequence[KnownExport],
) -> Iterator[RestatedFigure]:
    whole = {"trading_day": ACCOUNT, "before": event.before, "after": event.after}
    for part in (whole, *event.days):
        before, after = part["before"] or {}, part["after"] or {}
        subject = part["trading_day"]
        for name in [name for name in (before or after) if before.get(name) != after.get(name)]:
            since = shown.since(subject, name)
            yield RestatedFigure(
                account_id=recorded.stream_id,
                correction=event.originator_version,
                ledger_seq=recorded.ledger_seq,
                execution=f"{event.correction} {event.execution} {event.execution_id}",
                subject=subject,
                figure=name.removesuffix(_UNITS),
                shown=_text(name, before.get(name)),
                now=_text(name, after.get(name)),
                shown_from=since.recorded_at if since else None,
                shown_seq=since.ledger_seq if since else None,
                corrected_at=recorded.recorded_at,
                belongs_at=event.effective_at,
                exports=tuple(_carrying(exports, subject, since, recorded, shown.opening)),
            )


def _carrying(
    exports: Sequence[KnownExport],
    subject: str,
    since: RecordedEvent | None,
    correction: RecordedEvent,
    opening: RecordedEvent | None,
) -> Iterator[CarriedBy]:
    """Exports with what showed the figure and without what corrected it."""
    for each in exports:
        if since is None or not each.holds(since) or each.holds(correction):
            continue
        # A day's figures stand in one event; an account's follow from all of them.
        if subject != ACCOUNT or (each.leaves_nothing_out and opening and each.holds(opening)):
            yield CarriedBy(
                manifest_sha256=each.manifest_sha256, made_by=each.made_by, made_at=each.made_at
            )


def _text(name: str, value: object) -> str | None:
    if value is None:
        return None
    return str(USD(value)) if isinstance(value, int) and name.endswith(_UNITS) else str(value)
