"""One account under another pack: what flips, by which event, and what it costs."""

from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

from application.whatif.answering import answer
from application.whatif.answers import Answer
from application.whatif.questions import Question
from domain.accounts.counterfactuals.asking import Counterfactual
from domain.rules.pack import RulePack
from tests.support.builders import (
    FRIDAY,
    TUESDAY,
    WEDNESDAY,
    approving,
    closing,
    earning,
    marking,
    moment,
    pack_of,
    paying,
    rejecting,
    requesting,
    trading,
)
from tests.support.rerunning import answered, history_of, in_the_log

LOOSE: dict[str, Any] = {"max_loss": {"mode": "static", "amount": "2000.00"}}
STRICT: dict[str, Any] = {"max_loss": {"mode": "static", "amount": "1000.00"}}
FUNDED: dict[str, Any] = {"phase": "funded", "payout": {"fraction_of_profit": "0.50"}}
TRAILING: dict[str, Any] = {"max_loss": {"mode": "intraday_trailing", "amount": "2000.00"}}


def told(found: Answer) -> list[tuple[str, str, str, int]]:
    return [(each.kind, each.change, each.name, each.report.ledger_seq) for each in found.flips]


def under(pack: RulePack, *commands: Any, **rules: Any) -> Answer:
    return answered(history_of(*commands, **rules), Question(pack=pack))


class TestPacks:
    def test_a_stricter_floor_fails_earlier_and_ignores_the_rest(self) -> None:
        found = under(
            pack_of(**STRICT),
            trading("t-1", "-600.00"),
            trading("t-2", "-500.00", exited="10:10"),
            trading("t-3", "700.00", exited="10:20"),
            **LOOSE,
        )
        assert told(found) == [
            ("status", "changes", "", 3),
            ("failure", "appears", "max_loss", 3),
            ("violation", "appears", "max_loss", 3),
        ]
        assert (found.status_before, found.status_after, found.ignored) == ("active", "failed", 1)
        assert (found.before.net_profit, found.after.net_profit) == (-4_000_000, -11_000_000)
        assert found.refusal_count == 0

    def test_a_looser_floor_lives_on_where_the_history_ends(self) -> None:
        found = under(pack_of(**LOOSE), trading("t-1", "-1000.00"), **STRICT)
        assert told(found) == [
            ("status", "changes", "", 2),
            ("failure", "disappears", "max_loss", 2),
            ("violation", "disappears", "max_loss", 2),
        ]
        assert (found.lives_on, found.status_after) == (True, "active")

    def test_a_failure_moves_in_time(self) -> None:
        rules = {"max_loss": {"mode": "static", "amount": "2000.00"}}
        found = under(
            pack_of(**STRICT), marking("-1000.00"), marking("-2000.00", clock="12:00"), **rules
        )
        assert [each[:3] for each in told(found)] == [
            ("failure", "moves", "max_loss"), ("violation", "moves", "max_loss")
        ]  # fmt: skip
        failure = found.flips[0]
        assert (failure.before_at, failure.after_at) == (
            moment(clock="12:00"), moment(clock="11:00")
        )  # fmt: skip
        assert failure.report.ledger_seq == 2

    def test_a_lock_appears_and_the_account_lives(self) -> None:
        found = under(
            pack_of(daily_loss={"amount": "500.00", "effect": "lock_day"}),
            trading("t-1", "-600.00"),
            closing(),
            **LOOSE,
        )
        assert [each[:3] for each in told(found)] == [
            ("lock", "appears", "daily_loss"), ("violation", "appears", "daily_loss")
        ]  # fmt: skip
        assert found.status_before == found.status_after == "active"

    def test_a_pass_that_needs_more_days_disappears(self) -> None:
        found = under(
            pack_of(profit_target="500.00", minimum_trading_days=2),
            earning("600.00"),
            closing(),
            profit_target="500.00",
        )
        assert told(found)[0][:3] == ("status", "changes", "")
        assert told(found)[1] == ("pass", "disappears", "", 3)


class TestPayouts:
    COMMANDS = (earning("2000.00"), closing(), requesting("p-1", "500.00"), approving(), paying())

    def test_a_payout_no_longer_allowed_is_refused_with_its_money(self) -> None:
        pack = pack_of(phase="funded", payout={"fraction_of_profit": "0.10"})
        found = under(pack, *self.COMMANDS, **FUNDED)
        assert told(found) == [
            ("payout", "disappears", "p-1", 4),
            ("payment", "disappears", "p-1", 6),
        ]
        assert [(each.report.ledger_seq, each.code) for each in found.refused] == [
            (4, "payout-refused"), (5, "payout-unknown"), (6, "payout-unknown")
        ]  # fmt: skip
        assert (found.flips[0].amount, found.flips[0].trader_share) == (-5_000_000, -5_000_000)
        assert (found.before.payouts, found.after.payouts) == (5_000_000, 0)
        assert (found.before.balance, found.after.balance) == (515_000_000, 520_000_000)

    def test_another_share_is_a_change(self) -> None:
        share = [{"from_payout": 1, "share": "0.80"}]
        payout = {"fraction_of_profit": "0.50", "trader_share": share}
        found = under(pack_of(phase="funded", payout=payout), *self.COMMANDS, **FUNDED)
        assert [each[:2] for each in told(found)] == [("payout", "changes"), ("payment", "changes")]
        assert (found.flips[0].amount, found.flips[0].trader_share) == (0, -1_000_000)
        assert found.flips[0].after == "500.00, share 400.00"

    def test_a_rejection_stands_though_its_evidence_is_numbered_otherwise(self) -> None:
        """Two flags and a lock of the recorded pack are gone, so every later version is lower."""
        limit = {"position_limits": {"per_symbol": {"MES": 1}, "effect": "lock_day"}}
        found = under(
            pack_of(**FUNDED),
            trading("t-1", "10.00", quantity=2),
            trading("t-2", "10.00", quantity=2, entered="11:00", exited="11:05"),
            earning("2000.00"),
            closing(),
            requesting("p-1", "500.00"),
            rejecting("p-1", evidence=(7,)),
            requesting("p-2", "400.00", clock="11:00"),
            **FUNDED,
            **limit,
        )
        assert {each.change for each in found.flips} == {"disappears"}
        assert {each.kind for each in found.flips} == {"violation", "lock"}
        assert (found.refused, found.before.payouts, found.after.payouts) == (
            [], 9_000_000, 9_000_000,
        )  # fmt: skip


class TestDoubts:
    def test_a_floor_that_follows_equity_may_have_been_crossed_unseen(self) -> None:
        """The dip back below the new floor was no new low of the session, so it has no event."""
        found = under(
            pack_of(max_loss={"mode": "intraday_trailing", "amount": "800.00"}),
            marking("-300.00"),
            marking("900.00", clock="12:00"),
            **LOOSE,
        )
        assert found.status_after == "unknown"
        assert found.doubts["extremes"].ledger_seq == 3

    def test_a_floor_that_was_just_as_high_would_have_shown_it(self) -> None:
        wider = pack_of(max_loss={"mode": "intraday_trailing", "amount": "2500.00"})
        marks = (marking("-300.00"), marking("1900.00", clock="12:00"))
        assert under(wider, *marks, **TRAILING).doubts == {}
        tighter = pack_of(max_loss={"mode": "intraday_trailing", "amount": "1500.00"})
        assert under(tighter, *marks, **TRAILING).status_after == "unknown"

    def test_a_low_above_the_floor_leaves_no_doubt(self) -> None:
        pack = pack_of(max_loss={"mode": "intraday_trailing", "amount": "1500.00"})
        found = under(pack, marking("-300.00"), marking("900.00", clock="12:00"), **LOOSE)
        assert (found.status_after, found.doubts) == ("active", {})

    def test_marks_do_not_matter_to_a_pack_that_never_looks_at_them(self) -> None:
        history = history_of(marking("-90.00"), trading("t-1", entered="11:30", exited="11:40"))
        asked = Counterfactual(size=Fraction(1, 2))
        on_equity, on_balance = (
            answered(history, Question(pack=pack_of(max_loss=rule), asked=asked))
            for rule in (
                {"mode": "static", "amount": "2000.00"},
                {"mode": "static", "amount": "2000.00", "basis": "balance"},
            )
        )
        assert (on_equity.status_after, on_balance.status_after) == ("unknown", "active")

    def test_money_is_unknown_without_the_trades_of_a_day(self) -> None:
        found = answered(
            history_of(earning("100.00"), **LOOSE),
            Question(asked=Counterfactual(size=Fraction(1, 2))),
        )
        assert (found.after.balance, found.status_after) == (None, "unknown")

    def test_a_failure_that_is_seen_is_certain_all_the_same(self) -> None:
        found = answered(
            history_of(
                marking("-90.00"),
                trading("t-1", "-3000.00", quantity=2, entered="11:30", exited="11:40"),
                **STRICT,
            ),
            Question(asked=Counterfactual(size=Fraction(1, 2))),
        )
        assert found.status_after == "failed"
        assert found.doubts.keys() == {"open_profit"}


class TestWindow:
    HISTORY = history_of(
        trading("t-1", "-600.00"),
        closing(),
        trading("t-2", "-600.00", day=TUESDAY),
        closing(TUESDAY),
        trading("t-3", "-600.00", day=WEDNESDAY),
        **LOOSE,
    )

    def asked(self, *, start: Any = None, end: Any = None) -> Answer | None:
        question = Question(pack=pack_of(**STRICT), start=start, end=end)
        return answer(in_the_log(self.HISTORY), question)

    def test_ends_the_history_before_the_first_event_that_is_too_late(self) -> None:
        found = self.asked(end=moment(TUESDAY, "10:05"))
        assert found is not None
        assert (found.events, found.status_after) == (3, "active")

    def test_leaves_an_account_out_to_which_nothing_happened_in_it(self) -> None:
        assert self.asked(start=moment(FRIDAY)) is None
        assert self.asked(start=moment(TUESDAY), end=moment(TUESDAY, "10:01")) is None
        assert self.asked(end=datetime(2026, 1, 1, tzinfo=UTC)) is None

    def test_takes_the_whole_history_of_an_account_that_counts(self) -> None:
        found = self.asked(start=moment(WEDNESDAY, "10:05"))
        assert found is not None
        assert (found.events, found.flips[0].report.at) == (
            len(self.HISTORY),
            moment(TUESDAY, "10:05"),
        )
