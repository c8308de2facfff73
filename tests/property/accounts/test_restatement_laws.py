"""What the restatement report says of exports is what lies in them."""

from collections.abc import Sequence
from datetime import timedelta
from typing import cast

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from application.accounts.restatements import ACCOUNT as WHOLE
from application.accounts.restatements import restated_figures
from domain.accounts.correcting import standing_figures
from domain.accounts.events import AccountEvent, AccountOpened
from domain.accounts.events_corrections import HistoryCorrected
from domain.accounts.evolve import begin, evolve
from domain.exports.export import Export, Extent
from domain.kernel import Event
from domain.money import USD
from tests.property.accounts.test_correction_laws import lived, void
from tests.support.builders import OPENED
from tests.support.certificates import log_of
from tests.support.histories import History, histories

unhurried = settings(
    deadline=None, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow]
)


def export_of(events: int) -> Event:
    """The record of an export of everything up to so many events of `log_of`."""
    extent = Extent(
        events=events, log_head=3 * events, first_ledger_seq=3, last_ledger_seq=3 * events,
        account=None, actor=None, event_types=None, recorded_from=None, recorded_before=None,
    )  # fmt: skip
    at = OPENED + timedelta(days=400)
    made = Export.made(manifest_sha256=f"{events:064d}", extent=extent, made_by="t", at=at)
    return made.collect_events()[0]


def account_figures(events: Sequence[AccountEvent]) -> list[dict[str, object]]:
    """The account's figures after each event, as whoever has the events can work them out."""
    opened, *rest = events
    state = begin(cast("AccountOpened", opened))
    found = [standing_figures(state)]
    for event in rest:
        evolve(state, event)
        found.append(standing_figures(state))
    return found


@unhurried
@given(history=histories(steps_min=4), which=st.lists(st.integers(0, 30), min_size=1, max_size=3))
def test_each_export_that_is_named_holds_what_was_shown(history: History, which: list[int]) -> None:
    life, told = lived(history)
    for each in which:
        void(life, told, each)
    assume(any(isinstance(each, HistoryCorrected) for each in told.events))
    after = account_figures(told.events)
    exports = [export_of(count) for count in range(1, len(told.events) + 1)]
    log = log_of([*told.events, *exports])
    restated = [each for each in restated_figures(log) if each.subject == WHOLE]
    for figure in restated:
        correction = figure.ledger_seq // 3
        name = next(each for each in after[0] if each.removesuffix("_units") == figure.figure)
        run = [correction - 1]
        while run[0] > 1 and after[run[0] - 2][name] == after[correction - 2][name]:
            run.insert(0, run[0] - 1)
        assert [int(each.manifest_sha256) for each in figure.exports] == run
        value = after[correction - 2][name]
        text = (
            str(USD(cast("int", value))) if name.endswith("_units") and value is not None else value
        )
        assert figure.shown == (None if text is None else str(text))
