"""What one account's watch believes, and the words for what it does not."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from application.marks.facts import facts_of
from application.marks.mark import Delivery, Mark, micros, partition_of
from application.marks.sifting import sift
from application.marks.watch import Jumps, Watch
from tests.support.builders import ACCOUNT, MONDAY, account_of, closing, filling, marking, moment

AT = micros(moment(clock="11:00"))
TEN = 100_000


def a_mark(dollars: int, *, seconds: int = 0, delivery: Delivery = Delivery.FIRST) -> Mark:
    return Mark(AT + seconds * 1_000_000, dollars * 10_000, ACCOUNT.bytes, delivery)


def watched(*, percent: int = 10) -> Watch:
    """An account of 50,000.00 in a position, with extremes of 100.00 to both sides."""
    account = account_of()
    for command in (filling(), marking("100.00"), marking("-100.00")):
        command(account)
    return Watch(facts_of(account), Jumps(percent=percent, confirmations=3))


def refused(watch: Watch, *marks: Mark) -> list[str | None]:
    reasons: list[str | None] = []
    for mark in marks:
        reason = watch.refusal(mark)
        reasons.append(reason)
        if reason is None:
            watch.accept(mark)
    return reasons


class TestAJump:
    def test_is_believed_when_three_marks_in_a_row_agree(self) -> None:
        marks = [a_mark(9_000 + number, seconds=number) for number in range(1, 5)]
        assert refused(watched(), *marks) == ["impossible_jump", "impossible_jump", None, None]

    def test_is_forgotten_when_the_next_mark_is_where_the_last_was(self) -> None:
        values = (9_000, 9_000, 10, 9_000, 9_000)
        marks = [a_mark(value, seconds=number) for number, value in enumerate(values, 1)]
        jump = "impossible_jump"
        assert refused(watched(), *marks) == [jump, jump, None, jump, jump]

    def test_is_not_confirmed_by_the_same_mark_again(self) -> None:
        marks = [a_mark(9_000, seconds=1)] * 5
        assert refused(watched(), *marks) == ["impossible_jump"] * 5

    def test_is_not_confirmed_by_another_jump(self) -> None:
        marks = [a_mark(9_000 * (-1) ** each, seconds=each) for each in range(1, 6)]
        assert refused(watched(), *marks) == ["impossible_jump"] * 5


class TestAMarkThatComesAgain:
    @pytest.mark.parametrize(("seconds", "reason"), [(-1, "decided"), (0, "decided"), (1, None)])
    def test_is_decided_when_the_account_knows_of_it(
        self, seconds: int, reason: str | None
    ) -> None:
        assert watched().refusal(a_mark(5, seconds=seconds, delivery=Delivery.AGAIN)) == reason

    def test_is_decided_when_a_later_one_was_taken_in(self) -> None:
        watch = watched()
        watch.accept(a_mark(5, seconds=9))
        assert watch.refusal(a_mark(5, seconds=8, delivery=Delivery.AGAIN)) == "decided"
        assert watch.refusal(a_mark(5, seconds=8)) == "out_of_order"


class TestAStray:
    @pytest.mark.parametrize(("seconds", "reason"), [(-1, "superseded"), (0, "decided"), (1, None)])
    def test_is_counted_when_the_account_has_recorded_something_later(
        self, seconds: int, reason: str | None
    ) -> None:
        assert watched().refusal(a_mark(5, seconds=seconds, delivery=Delivery.STRAY)) == reason

    def test_is_judged_though_a_later_one_was_taken_in_and_remains_the_last(self) -> None:
        watch = watched()
        watch.accept(a_mark(5, seconds=9))
        assert refused(watch, a_mark(6, seconds=8, delivery=Delivery.STRAY)) == [None]
        assert (watch.pnl, watch.marked_at) == (5 * 10_000, AT + 9_000_000)


class TestTheHotLoop:
    def test_lets_pass_what_says_nothing_new(self) -> None:
        watch = watched()
        assert sift([a_mark(99, seconds=1), a_mark(-99, seconds=2)], {ACCOUNT.bytes: watch}) == {}
        assert (watch.pnl, watch.marked_at) == (-99 * 10_000, AT + 2_000_000)

    def test_holds_back_whatever_comes_behind_a_mark_that_waits(self) -> None:
        marks = [a_mark(5, seconds=1), a_mark(500, seconds=2), a_mark(6, seconds=3)]
        waiting = sift(marks, {ACCOUNT.bytes: watched()})
        assert waiting == {ACCOUNT.bytes: marks[1:]}

    def test_believes_no_jump(self) -> None:
        watch = watched(percent=0)
        assert list(sift([a_mark(5, seconds=1)], {ACCOUNT.bytes: watch})) == [ACCOUNT.bytes]

    def test_knows_nothing_of_strangers(self) -> None:
        assert list(sift([a_mark(5)], {})) == [ACCOUNT.bytes]


class TestANewerVersion:
    def test_keeps_what_was_marked(self) -> None:
        watch = watched()
        watch.accept(a_mark(5, seconds=9))
        watch.renew(replace(watch.facts, version=9))
        assert (watch.pnl, watch.since) == (50_000, AT + 9_000_000)

    def test_of_an_account_between_days_takes_marks_of_the_next_day(self) -> None:
        account = account_of()
        filling()(account)
        closing(MONDAY)(account)
        watch = Watch(facts_of(account), Jumps())
        late = micros(moment(MONDAY, "16:59"))
        assert watch.refusal(Mark(late, 0, ACCOUNT.bytes)) == "day_closed"
        evening = late + timedelta(minutes=1) // timedelta(microseconds=1)
        assert watch.refusal(Mark(evening, 0, ACCOUNT.bytes)) is None


def test_an_account_stays_in_its_partition() -> None:
    account = UUID("0199f3c2-7f00-7000-8000-000000000001")
    assert partition_of(account, 16) == partition_of(account.bytes, 16) == 5
