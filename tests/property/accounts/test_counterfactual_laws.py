"""What holds for every altered history."""

from collections import defaultdict
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from application.whatif.retrials import retry
from domain.accounts.counterfactuals.altering import alter
from domain.accounts.counterfactuals.asking import Altered, Counterfactual
from domain.accounts.counterfactuals.resizing import changed, signed_quantity
from domain.accounts.events import (
    AccountEvent,
    EquityMarked,
    FillRecorded,
    FillVoided,
    TradeRecorded,
    TradeVoided,
    TradingDayClosed,
)
from domain.accounts.rerunning import rerun
from domain.market.contracts import contract_of
from tests.support.histories import History, histories
from tests.support.rerunning import recorded

SIZES = st.sampled_from([Fraction(1, 2), Fraction(1, 3), Fraction(2, 3), Fraction(1, 10)])
ASKED = st.builds(
    Counterfactual,
    size=SIZES | st.just(Fraction(1)),
    stop_after_first_loss=st.booleans(),
)
# A payout rests on profit that may not be there; whatever else was taken in is taken in.
OF_PAYOUTS = {"payout-refused", "payout-unknown", "payout-status-forbids", "payout-not-covered"}


def trades_in(events: Sequence[AccountEvent]) -> frozenset[str]:
    return frozenset(each.trade_id for each in events if isinstance(each, TradeRecorded))


def kept(altered: Altered) -> list[AccountEvent]:
    return [each for each in altered.events if each is not None]


def told_apart_from_marks(events: Sequence[AccountEvent]) -> list[AccountEvent]:
    """Everything but open profit, which may be unknown."""
    return [
        changed(each, open_pnl_units=0) if isinstance(each, TradingDayClosed) else each
        for each in events
        if not isinstance(each, EquityMarked)
    ]


def positions(events: Sequence[AccountEvent | None]) -> list[dict[str, int]]:
    """What is open in each series after each event, of fills that were never taken back."""
    voided = {each.fill_id for each in events if isinstance(each, FillVoided)}
    held: dict[str, int] = defaultdict(int)
    found = []
    for each in events:
        if isinstance(each, FillRecorded) and each.fill_id not in voided:
            held[contract_of(each.symbol).series] += signed_quantity(each)
        found.append(dict(held))
    return found


@given(history=histories())
def test_nothing_asked_changes_nothing(history: History) -> None:
    events = recorded(history)
    altered = alter(events, Counterfactual())
    assert list(altered.events) == events
    assert (altered.left_out, altered.doubts) == ({}, {})
    assert not altered.is_other


@given(history=histories(steps_min=5), asked=ASKED)
def test_an_altered_history_can_be_told(history: History, asked: Counterfactual) -> None:
    events = recorded(history)
    found = retry(events, alter(events, asked), pack=None, end=None)
    assert {refusal.code for _, refusal in found.refused} <= OF_PAYOUTS


@given(history=histories(steps_min=5), asked=ASKED)
def test_telling_it_anew_computes_what_its_events_say(
    history: History, asked: Counterfactual
) -> None:
    altered = kept(alter(recorded(history), asked))
    trusting = [each for step in rerun(altered, trusting=True) for each in step.made]
    assert trusting == [each for step in rerun(altered) for each in step.made]


@given(history=histories(steps_min=5), size=SIZES)
def test_a_smaller_position_never_exceeds_and_is_flat_where_it_was(
    history: History, size: Fraction
) -> None:
    events = recorded(history)
    altered = alter(events, Counterfactual(size=size)).events
    for before, after in zip(positions(events), positions(altered), strict=True):
        for series, quantity in after.items():
            whole = before[series]
            assert quantity * whole >= 0
            assert abs(quantity) == abs(whole) * size.numerator // size.denominator


@given(history=histories(steps_min=5), asked=ASKED)
def test_no_execution_grows_or_turns(history: History, asked: Counterfactual) -> None:
    events = recorded(history)
    for event, now in zip(events, alter(events, asked).events, strict=True):
        if isinstance(event, TradeRecorded | FillRecorded) and now is not None:
            other: Any = now
            assert other.quantity <= event.quantity
            assert other.fees_units * event.quantity >= event.fees_units * other.quantity
            assert type(now) is type(event)
            assert now.natural_key == event.natural_key


@given(history=histories(steps_min=5))
def test_without_all_trades_it_is_an_account_that_never_traded(history: History) -> None:
    events = recorded(history)
    altered = kept(alter(events, Counterfactual(without=trades_in(events))))
    idle = [each for each in events if not isinstance(each, TradeRecorded | TradeVoided)]
    assert told_apart_from_marks(altered) == told_apart_from_marks(idle)
    made = [each for step in rerun(altered, trusting=True) for each in step.made]
    assert not any(isinstance(each, TradeRecorded | TradeVoided) for each in made)


@given(history=histories(steps_min=5), asked=ASKED)
def test_no_mark_is_made_up(history: History, asked: Counterfactual) -> None:
    """A mark that is kept is the same part of itself as everything that was open."""
    events = recorded(history)
    altered = alter(events, asked)
    for event, now in zip(events, altered.events, strict=True):
        if isinstance(event, EquityMarked) and isinstance(now, EquityMarked):
            assert abs(now.open_pnl_units) <= abs(event.open_pnl_units) + 1
            assert now.open_pnl_units * event.open_pnl_units >= 0
        if isinstance(event, EquityMarked) and now is None and altered.doubts == {}:
            assert altered.left_out
