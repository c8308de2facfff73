"""Answers as CSV and JSON, and their sums."""

import csv
import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

from application.whatif.documents import (
    COLUMNS,
    answer_document,
    csv_text,
    flip_rows,
    summary_document,
)
from application.whatif.evaluating import CHUNK_ACCOUNTS_MAX, CHUNK_EVENTS, chunked
from application.whatif.histories import AccountFound
from application.whatif.questions import Question
from application.whatif.totals import Totals
from domain.documents import canonical_json
from domain.rules.canonical import hash_of
from tests.support.builders import ACCOUNT, pack_of, trading
from tests.support.rerunning import answered, history_of

STRICT = pack_of(name="strict", max_loss={"mode": "static", "amount": "1000.00"})
QUESTION = Question(pack=STRICT)
FOUND = answered(
    history_of(trading("t-1", "-1100.00"), max_loss={"mode": "static", "amount": "2000.00"}),
    QUESTION,
)
GOLDEN = (Path(__file__).parents[2] / "golden" / "whatif" / "flips.csv").read_text()


def totals_of(*answers: Any) -> Totals:
    totals = Totals()
    for each in answers:
        totals.add(each)
    return totals


class TestCsv:
    def test_is_a_row_a_flip(self) -> None:
        assert csv_text(list(flip_rows(FOUND)), header=True) == GOLDEN

    def test_is_read_back_as_it_was(self) -> None:
        rows = list(csv.DictReader(GOLDEN.splitlines()))
        assert [row["kind"] for row in rows] == ["status", "failure", "violation"]
        assert tuple(rows[0]) == COLUMNS

    def test_holds_no_formula(self) -> None:
        row = dict.fromkeys(COLUMNS, "") | {"plan": "=1+1", "name": "-2", "amount": "-2.50"}
        (cells,) = csv.reader([csv_text([row], header=False)])
        assert (cells[1], cells[6], cells[16]) == ("'=1+1", "-2", "-2.50")


class TestSummary:
    def test_names_both_packs_the_counts_and_the_position(self) -> None:
        document = summary_document(QUESTION, totals_of(FOUND), log_position=42)
        assert {name: document[name] for name in ("accounts", "events", "flips")} == {
            "accounts": 1, "events": 2, "flips": 3,
        }  # fmt: skip
        assert document["old_pack_hash"] == [FOUND.pack_hash]
        assert document["new_pack_hash"] == hash_of(STRICT)
        assert (document["from"], document["to"], document["log_position"]) == (None, None, 42)
        assert "answers" not in document

    def test_adds_up_by_plan_and_altogether(self) -> None:
        other = replace(FOUND, plan="other")
        document = summary_document(QUESTION, totals_of(FOUND, other, other), log_position=42)
        assert [(each["plan"], each["accounts"]) for each in document["plans"]] == [
            ("other", 2), ("test", 1),
        ]  # fmt: skip
        assert (document["failed_before"], document["failed_after"]) == (0, 3)
        assert (document["violations_after_only"], document["net_profit"]) == (3, "0.00")

    def test_of_one_account_holds_its_answer(self) -> None:
        question = replace(QUESTION, account=ACCOUNT)
        document = summary_document(question, totals_of(FOUND), log_position=42, answers=[FOUND])
        assert document["answers"] == [answer_document(FOUND)]
        assert json.loads(canonical_json(document)) == document


class TestChunks:
    def test_hold_every_account_once_and_few_enough_events(self) -> None:
        found = [AccountFound(UUID(int=n), (n * 37) % 900 + 1) for n in range(300)]
        chunks = list(chunked(found))
        assert [each for chunk in chunks for each in chunk] == found
        for chunk in chunks:
            assert len(chunk) <= CHUNK_ACCOUNTS_MAX
            assert sum(each.events for each in chunk) <= CHUNK_EVENTS

    def test_take_an_account_that_is_larger_alone(self) -> None:
        sizes = [10, CHUNK_EVENTS * 3, 10]
        found = [AccountFound(UUID(int=n), size) for n, size in enumerate(sizes)]
        assert [len(chunk) for chunk in chunked(found)] == [1, 1, 1]
