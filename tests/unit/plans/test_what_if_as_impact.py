"""What a what-if run says, as the run that a version is published with."""

from collections.abc import Sequence
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any
from uuid import UUID

import pytest

from application.whatif.documents import FORMAT, FORMAT_VERSION, summary_document
from application.whatif.questions import Question
from application.whatif.totals import Sums, Totals
from domain.accounts.counterfactuals.asking import Counterfactual
from domain.documents import Place, Unreadable, canonical_json
from domain.plans.errors import ImpactNotOfTheBook, ImpactOfOtherPacks
from domain.plans.impact import WHAT_IF, WHAT_IF_VERSION, impact_of, read_impact
from domain.rules.canonical import hash_of
from domain.rules.pack import RulePack
from tests.unit.plans.samples import AT, SHIPPED, SOFT, SOFTER, begun, with_rules

OTHER = with_rules(name="another plan", profit_target="900.00")
PLAN = Question(pack=SOFT, plan="standard-25k", alike=True)
LESS = Counterfactual(size=Fraction(1, 2))


def summary(question: Question = PLAN, *, old: Sequence[RulePack] = (SHIPPED,)) -> dict[str, Any]:
    """What `dynasty whatif --json` would print of two accounts."""
    sums = Sums(accounts=2, events=40, flips=3)
    totals = Totals({"standard-25k": sums}, {hash_of(each) for each in old})
    return summary_document(question, totals, log_position=40)


def publish(document: dict[str, Any]) -> int:
    """The number of the version it becomes, where the shipped pack is on sale."""
    line = begun()
    line.publish(SOFT, impact=impact_of(Place(document)), reason="Softer.", at=AT)
    return line.newest.number


class TestReading:
    def test_finds_packs_and_counts(self) -> None:
        run = read_impact(canonical_json(summary(old=[SHIPPED, OTHER])))
        assert set(run.old_pack_hashes) == {hash_of(SHIPPED), hash_of(OTHER)}
        assert (run.new_pack_hash, run.accounts, run.events, run.flips) == (
            hash_of(SOFT), 2, 40, 3,
        )  # fmt: skip

    def test_finds_the_summary_in_a_run_and_keeps_that_alone(self) -> None:
        run = {"id": "1", "status": "done", "summary": summary(), "progress": {}}
        assert impact_of(Place(run)) == impact_of(Place(summary()))

    @pytest.mark.parametrize(
        ("document", "pointer"),
        [
            ({"status": "queued", "summary": None}, "/status"),
            ({"status": "done", "summary": None}, "/summary"),
            ({**summary(), "format_version": 2}, "/format_version"),
            ({**summary(), "old_pack_hash": "a"}, "/old_pack_hash"),
            ({**summary(), "old_pack_hash": ["a"]}, "/old_pack_hash/0"),
            ({**summary(), "flips": []}, "/flips"),
        ],
    )
    def test_names_a_fault_by_its_pointer(self, document: dict[str, Any], pointer: str) -> None:
        with pytest.raises(Unreadable) as refusal:
            impact_of(Place(document))
        assert refusal.value.facts["pointer"] == pointer

    def test_knows_the_format_that_is_written(self) -> None:
        assert (WHAT_IF, WHAT_IF_VERSION) == (FORMAT, FORMAT_VERSION)


class TestPublishing:
    def test_takes_the_run_of_a_plan_that_is_sold_under_the_newest_version(self) -> None:
        assert publish(summary(old=[OTHER, SHIPPED])) == 2

    def test_takes_a_run_over_all_where_nobody_has_the_newest_version(self) -> None:
        assert publish(summary(Question(pack=SOFT), old=[OTHER])) == 2
        assert publish(summary(Question(pack=SOFT, alike=True), old=[])) == 2

    @pytest.mark.parametrize(
        "document",
        [
            summary(old=[OTHER]),
            summary(Question(pack=SOFT, start=datetime(2026, 1, 1, tzinfo=UTC)), old=[OTHER]),
            summary(Question(pack=SOFTER, plan="standard-25k")),
            summary(Question(asked=LESS)),
        ],
        ids=["another plan", "not over all", "another pack", "no pack"],
    )
    def test_refuses_what_judged_another_pack_or_plan(self, document: dict[str, Any]) -> None:
        with pytest.raises(ImpactOfOtherPacks, match="the newest version"):
            publish(document)

    @pytest.mark.parametrize(
        "question",
        [Question(pack=SOFT, account=UUID(int=1)), Question(pack=SOFT, asked=LESS)],
        ids=["one account", "less traded"],
    )
    def test_refuses_what_judged_other_histories(self, question: Question) -> None:
        with pytest.raises(ImpactNotOfTheBook):
            publish(summary(question))
