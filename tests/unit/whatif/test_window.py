"""What time alone breaks between the last report and the end of the window, on both sides."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from application.whatif.answering import answer
from application.whatif.answers import Answer
from application.whatif.errors import QuestionRefused
from application.whatif.questions import Question, checked
from domain.accounts.counterfactuals.asking import Counterfactual
from domain.market.calendar import session_close
from tests.support.builders import (
    FRIDAY,
    MONDAY,
    TUESDAY,
    WEDNESDAY,
    closing,
    earning,
    filling,
    moment,
    pack_of,
    trading,
)
from tests.support.rerunning import answered, history_of, in_the_log

IDLE_UNTIL = session_close(date(2026, 3, 9))
A_MONTH_LATER = moment(date(2026, 4, 2))
A_MOMENT = timedelta(microseconds=1)
TRADED = history_of(trading("t-1", "100.00"), closing(), inactivity_days=30)


def under(history: Any, *, end: datetime | None, **rules: Any) -> Answer:
    return answered(history, Question(pack=pack_of(**rules), end=end))


def told(found: Answer) -> list[tuple[str, str, str]]:
    return [(each.kind, each.change, each.name) for each in found.flips]


class TestInactivity:
    def test_after_the_last_report_is_seen_up_to_the_end(self) -> None:
        found = under(TRADED, end=moment(date(2026, 3, 20)), inactivity_days=7)
        assert told(found) == [
            ("status", "changes", ""),
            ("failure", "appears", "inactivity"),
            ("violation", "appears", "inactivity"),
        ]
        assert (found.status_before, found.status_after) == ("active", "failed")

    def test_hangs_on_the_last_report_and_says_when_it_was_due(self) -> None:
        _, failure, _ = under(TRADED, end=moment(date(2026, 3, 20)), inactivity_days=7).flips
        assert failure.report.ledger_seq == len(TRADED)
        assert failure.report.event_type == "account.trading_day_closed"
        assert (failure.report.at, failure.after_at) == (session_close(MONDAY), IDLE_UNTIL)

    def test_is_not_seen_in_an_open_window(self) -> None:
        """The log has no clock: who says that nothing was traded since?"""
        assert told(under(TRADED, end=None, inactivity_days=7)) == []

    def test_is_due_before_the_end_and_not_at_it(self) -> None:
        assert told(under(TRADED, end=IDLE_UNTIL, inactivity_days=7)) == []
        assert under(TRADED, end=IDLE_UNTIL + A_MOMENT, inactivity_days=7).flip_count == 3

    def test_of_the_own_pack_disappears_under_one_without_it(self) -> None:
        found = under(TRADED, end=A_MONTH_LATER)
        assert (found.status_before, found.status_after) == ("failed", "active")
        assert ("failure", "disappears", "inactivity") in told(found)
        assert found.lives_on

    def test_of_both_packs_moves(self) -> None:
        found = under(TRADED, end=A_MONTH_LATER, inactivity_days=7)
        (moved,) = [each for each in found.flips if each.kind == "failure"]
        assert (moved.change, moved.after_at) == ("moves", IDLE_UNTIL)
        assert moved.before_at == session_close(date(2026, 4, 1))

    def test_is_told_up_to_a_trade_that_is_left_out(self) -> None:
        history = history_of(
            trading("t-1", "100.00"), closing(), trading("t-2", day=date(2026, 3, 10)),
            inactivity_days=7 + 1,
        )  # fmt: skip
        asked = Counterfactual(without=frozenset({"t-2"}))
        assert told(answered(history, Question(asked=asked))) == []
        asked_of_less = Question(asked=asked, pack=pack_of(inactivity_days=7))
        assert ("failure", "appears", "inactivity") in told(answered(history, asked_of_less))


class TestOpenPositions:
    HELD = history_of(filling(day=FRIDAY, clock="14:00"))

    def test_are_not_flat_by_the_deadline(self) -> None:
        flat: dict[str, Any] = {"flat_by": "15:10", "effect": "fail"}
        found = under(self.HELD, end=moment(FRIDAY, "15:20"), session=flat)
        assert ("failure", "appears", "flat_by") in told(found)
        assert told(under(self.HELD, end=moment(FRIDAY, "15:10"), session=flat)) == []
        assert told(under(self.HELD, end=None, session=flat)) == []

    def test_are_held_over_the_weekend(self) -> None:
        weekend = {"weekend": "forbidden", "effect": "flag"}
        found = under(self.HELD, end=moment(date(2026, 3, 8)), session=weekend)
        assert told(found) == [("violation", "appears", "weekend")]
        assert found.flips[0].after_at == session_close(FRIDAY)


class TestTheDay:
    def test_that_nobody_closed_ends_and_may_pass(self) -> None:
        history = history_of(earning("600.00"))
        found = under(history, end=moment(TUESDAY), profit_target="500.00")
        assert told(found) == [("status", "changes", ""), ("pass", "appears", "")]
        assert told(under(history, end=moment(MONDAY, "15:00"), profit_target="500.00")) == []


class TestTheStart:
    def asked(self, *, start: datetime, end: datetime | None) -> Answer | None:
        question = Question(pack=pack_of(inactivity_days=7), start=start, end=end)
        return answer(in_the_log(TRADED), question)

    def test_counts_an_account_that_time_alone_broke_since(self) -> None:
        found = self.asked(start=moment(WEDNESDAY), end=moment(date(2026, 3, 20)))
        assert found is not None
        assert found.status_after == "failed"

    def test_leaves_out_what_time_broke_before_or_after_the_window(self) -> None:
        assert self.asked(start=moment(WEDNESDAY), end=moment(FRIDAY)) is None
        assert self.asked(start=moment(date(2026, 3, 12)), end=moment(date(2026, 3, 20))) is None
        assert self.asked(start=moment(WEDNESDAY), end=None) is None


def test_a_window_must_end_within_the_calendar() -> None:
    with pytest.raises(QuestionRefused, match="calendar ends on 2030-12-31"):
        checked(Question(pack=pack_of(), end=moment(date(2030, 12, 31))))
    checked(Question(pack=pack_of(), end=moment(date(2030, 12, 30), "15:59")))
