"""Publishing versions: the first as it is, each later one with its diff and its impact run."""

from typing import Any

import pytest

from domain.documents import canonical_json
from domain.plans.errors import ImpactMissing, ImpactOfOtherPacks, PackNotOfLine, PackUnchanged
from domain.plans.events import PackVersionPublished
from domain.plans.impact import Impact
from domain.plans.pack_line import PackLine, line_id_of
from domain.rules.canonical import document_of, hash_of
from domain.rules.pack import RulePack
from tests.unit.plans.samples import (
    AT,
    PHASE,
    PROGRAM,
    SHIPPED,
    SOFT,
    SOFTER,
    begun,
    run_of,
    with_rules,
)


def publish(line: PackLine, pack: RulePack, impact: Impact | None) -> None:
    line.publish(pack, impact=impact, reason="Softer.", at=AT)


def published(line: PackLine) -> PackVersionPublished:
    (event,) = line.collect_events()
    assert isinstance(event, PackVersionPublished)
    return event


class TestTheFirstVersion:
    def test_holds_the_whole_pack_and_no_run(self) -> None:
        line = PackLine.first(
            program=PROGRAM, phase=PHASE, pack=SHIPPED, sold=SHIPPED, reason="As sold.", at=AT
        )
        event = published(line)
        assert (event.program, event.phase, event.number) == (PROGRAM, PHASE, 1)
        assert event.pack == canonical_json(document_of(SHIPPED))
        assert (event.pack_hash, event.impact, event.impact_hash) == (hash_of(SHIPPED), None, None)
        assert {each["pointer"] for each in event.diff} == {
            f"/{key}" for key in document_of(SHIPPED)
        }
        assert event.originator_id == line_id_of(program=PROGRAM, phase=PHASE)

    @pytest.mark.parametrize("other", [{"starting_balance": "30000.00"}, {"phase": "funded"}])
    def test_is_of_what_was_sold(self, other: dict[str, Any]) -> None:
        with pytest.raises(PackNotOfLine):
            begun(with_rules(**other))


class TestALaterVersion:
    def test_holds_its_diff_and_the_run(self) -> None:
        line, run = begun(), run_of(SHIPPED, SOFT)
        publish(line, SOFT, run)
        event = published(line)
        assert (event.number, line.version, line.newest.pack_hash) == (2, 2, hash_of(SOFT))
        assert event.diff == (
            {"pointer": "/profit_target", "before": "1500.00", "after": "1400.00"},
        )
        assert (event.impact, event.impact_hash) == (run.text, run.hash)
        assert line.newest.rules == SOFT

    def test_needs_a_run(self) -> None:
        with pytest.raises(ImpactMissing) as refusal:
            publish(begun(), SOFT, None)
        assert refusal.value.facts == {
            "old_pack_hash": hash_of(SHIPPED), "new_pack_hash": hash_of(SOFT),
        }  # fmt: skip

    @pytest.mark.parametrize(("old", "new"), [(SHIPPED, SOFTER), (SOFTER, SOFT), (SOFT, SHIPPED)])
    def test_needs_a_run_from_the_newest_version_to_it(self, old: RulePack, new: RulePack) -> None:
        with pytest.raises(ImpactOfOtherPacks):
            publish(begun(), SOFT, run_of(old, new))

    def test_is_none_when_only_the_name_is_another(self) -> None:
        renamed = with_rules(name="another name")
        with pytest.raises(PackUnchanged):
            publish(begun(), renamed, run_of(SHIPPED, renamed))

    @pytest.mark.parametrize("impact", [None, run_of(SHIPPED, SOFT)])
    def test_is_none_when_it_is_on_sale(self, impact: Impact | None) -> None:
        line = begun(SOFT)
        publish(line, SOFT, impact)
        assert not line.pending_events

    def test_may_go_back_to_an_earlier_pack(self) -> None:
        line = begun()
        publish(line, SOFT, run_of(SHIPPED, SOFT))
        publish(line, SHIPPED, run_of(SOFT, SHIPPED))
        assert [each.pack_hash for each in line.versions] == [
            hash_of(SHIPPED), hash_of(SOFT), hash_of(SHIPPED),
        ]  # fmt: skip

    @pytest.mark.parametrize("other", [{"starting_balance": "30000.00"}, {"phase": "funded"}])
    def test_is_of_the_same_line(self, other: dict[str, Any]) -> None:
        pack = with_rules(**other)
        with pytest.raises(PackNotOfLine):
            publish(begun(), pack, run_of(SHIPPED, pack))


def test_the_stream_of_a_line_is_permanent() -> None:
    assert (
        str(line_id_of(program="standard-25k", phase="evaluation"))
        == "8ece945c-9a36-5688-af54-b995922cd378"
    )
    assert line_id_of(program="a", phase="b") != line_id_of(program="a", phase="c")
