"""What holds for every answer."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from application.whatif.flips import Flip, flips_between
from application.whatif.outcomes import Outcome, outcomes_in, recorded_outcomes
from application.whatif.questions import Question
from domain.accounts.counterfactuals.asking import Counterfactual
from domain.accounts.events_packs import PackChanged
from domain.accounts.rerunning import rerun
from tests.support.histories import PACKS, History, histories
from tests.support.rerunning import answered, recorded

PACK_NAMES = st.sampled_from(sorted(PACKS))


def facts(outcome: Outcome) -> tuple[object, ...]:
    return (
        outcome.kind, outcome.name, outcome.effect, outcome.subject, outcome.trading_day,
        outcome.at, outcome.amount_units, outcome.trader_share_units,
    )  # fmt: skip


def after_flips(before: list[Outcome], flips: list[Flip]) -> Counter[tuple[object, ...]]:
    found = Counter(map(facts, before))
    for each in flips:
        if each.before:
            found[facts(each.before)] -= 1
        if each.after:
            found[facts(each.after)] += 1
    return +found


@given(history=histories())
def test_the_own_packs_flip_nothing(history: History) -> None:
    """Those the account was moved to included; one pack is named only where it was the only one."""
    events = recorded(history)
    moved = any(isinstance(each, PackChanged) for each in events)
    found = answered(events, Question(pack=None if moved else PACKS[history.pack]))
    assert not found.changed
    assert found.status_before == found.status_after
    assert (found.ignored, found.lives_on) == (0, False)


@given(history=histories(steps_min=5), pack=PACK_NAMES)
def test_flips_are_exactly_the_difference_of_outcomes(history: History, pack: str) -> None:
    events = recorded(history)
    before = recorded_outcomes(events)
    steps = enumerate(rerun(events, pack=PACKS[pack]))
    after = [each for place, step in steps for each in outcomes_in(step.made, place=place)]
    flips = flips_between(before, after)
    assert after_flips(before, flips) == Counter(map(facts, after))
    assert all(
        each.before is None or facts(each.before) != facts(each.after)
        for each in flips
        if each.after
    )
    assert [each.place for each in flips] == sorted(each.place for each in flips)


@given(history=histories(steps_min=5), pack=PACK_NAMES)
def test_an_answer_accounts_for_every_report(history: History, pack: str) -> None:
    events = recorded(history)
    found = answered(events, Question(pack=PACKS[pack]))
    assert found.events == len(events)
    assert len(found.flips) == found.flip_count == sum(found.counted.values())
    seqs = range(1, len(events) + 1)
    for each in found.flips:
        assert each.report.ledger_seq in seqs
        event = events[each.report.ledger_seq - 1]
        assert (each.report.event_type, each.report.at) == (event.TOPIC, event.effective_at)


@given(history=histories(steps_min=5), pack=PACK_NAMES)
def test_the_same_question_has_the_same_answer(history: History, pack: str) -> None:
    question = Question(pack=PACKS[pack], asked=Counterfactual(stop_after_first_loss=True))
    assert answered(recorded(history), question) == answered(recorded(history), question)


@given(history=histories(steps_min=5), pack=PACK_NAMES)
def test_what_is_unknown_is_never_called_compliant(history: History, pack: str) -> None:
    question = Question(pack=PACKS[pack], asked=Counterfactual(stop_after_first_loss=True))
    found = answered(recorded(history), question)
    if found.doubts:
        assert found.status_after in ("unknown", "failed")
    first = min((each.ledger_seq for each in found.doubts.values()), default=None)
    for each in found.flips:
        assert each.certain == (first is None or each.report.ledger_seq < first)


@given(history=histories(steps_min=5), pack=PACK_NAMES)
def test_verdicts_are_the_same_with_and_without_warnings(history: History, pack: str) -> None:
    events = recorded(history)
    with_them, without = (
        [
            facts(each)
            for place, step in enumerate(rerun(events, pack=PACKS[pack], warning=warning))
            for each in outcomes_in(step.made, place=place)
        ]
        for warning in (True, False)
    )
    assert with_them == without
