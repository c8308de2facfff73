"""An account that was moved to another pack in the middle of its life."""

import csv
from typing import Any

from application.whatif.answers import Answer
from application.whatif.documents import answer_document, csv_text, flip_rows, summary_document
from application.whatif.questions import Question
from application.whatif.totals import Totals
from domain.accounts.counterfactuals.asking import Counterfactual
from domain.accounts.events import AccountFailed, TradeRecorded
from domain.rules.canonical import hash_of
from tests.support.builders import MONDAY, TUESDAY, closing, moment, pack_of, trading
from tests.support.consents import moving
from tests.support.rerunning import answered, history_of

OLD: dict[str, Any] = {"name": "old", "max_loss": {"mode": "static", "amount": "2000.00"}}
TIGHT = pack_of(name="tight", max_loss={"mode": "static", "amount": "500.00"})
WIDE = pack_of(name="wide", max_loss={"mode": "static", "amount": "3000.00"})
MOVED = history_of(
    trading("t-1", "-300.00"),
    moving(TIGHT, at=moment(MONDAY, "12:00")),
    trading("t-2", "-100.00", entered="14:00", exited="14:10"),
    closing(),
    trading("t-3", "-200.00", day=TUESDAY),
    **OLD,
)
BOTH = (hash_of(pack_of(**OLD)), hash_of(TIGHT))


def test_failed_by_the_pack_it_was_moved_to() -> None:
    (failure,) = [each for each in MOVED if isinstance(each, AccountFailed)]
    assert (failure.rule, failure.pack_hash) == ("max_loss", hash_of(TIGHT))


class TestWithoutAPack:
    def asked(self, *without: str) -> Answer:
        asked = Counterfactual(without=frozenset(without))
        return answered(MOVED, Question(asked=asked))

    def test_is_moved_again_and_judged_by_each_pack_in_its_time(self) -> None:
        """It loses 500 without the second trade: what the later pack allows, not the first."""
        found = self.asked("t-2")
        assert (found.status_after, found.flip_count, found.refusal_count) == ("failed", 0, 0)

    def test_lives_where_it_loses_less_than_the_later_pack_allows(self) -> None:
        found = self.asked("t-1")
        assert (found.status_before, found.status_after) == ("failed", "active")
        assert found.lives_on


class TestUnderANamedPack:
    def test_is_judged_by_it_from_the_first_day(self) -> None:
        early = pack_of(name="early", max_loss={"mode": "static", "amount": "300.00"})
        found = answered(MOVED, Question(pack=early))
        (failure,) = [each for each in found.flips if each.kind == "failure"]
        assert failure.after_at == moment(MONDAY, "10:05")
        assert MOVED[failure.report.ledger_seq - 1].TOPIC == TradeRecorded.TOPIC

    def test_is_not_moved_again(self) -> None:
        found = answered(MOVED, Question(pack=WIDE))
        assert (found.status_after, found.lives_on, found.refusal_count) == ("active", True, 0)

    def test_is_freed_of_the_later_pack_by_the_first_one(self) -> None:
        found = answered(MOVED, Question(pack=pack_of(**OLD)))
        assert found.status_after == "active"


class TestWhatIsSaidOfIt:
    FOUND = answered(MOVED, Question(pack=WIDE))

    def test_names_every_pack_it_had_in_order(self) -> None:
        document = answer_document(self.FOUND)
        assert (self.FOUND.pack_hashes, document["pack_hashes"]) == (BOTH, list(BOTH))
        assert document["pack_hash"] == BOTH[0]

    def test_names_them_in_every_row(self) -> None:
        rows = csv.DictReader(csv_text(list(flip_rows(self.FOUND)), header=True).splitlines())
        assert {row["pack_hashes"] for row in rows} == {" ".join(BOTH)}

    def test_counts_them_among_the_old_packs_of_the_run(self) -> None:
        totals = Totals()
        totals.add(self.FOUND)
        document = summary_document(Question(pack=WIDE), totals, log_position=9)
        assert document["old_pack_hash"] == sorted(BOTH)
        assert document["new_pack_hash"] == hash_of(WIDE)

    def test_leaves_a_move_after_the_window_out(self) -> None:
        before = answered(MOVED, Question(pack=WIDE, end=moment(MONDAY, "11:00")))
        assert before.pack_hashes == BOTH[:1]
