"""Reading what a what-if run says."""

import json
from typing import Any

import pytest

from domain.documents import Unreadable, canonical_json
from domain.plans.impact import FLIPS_MAX, IMPACT_LENGTH_MAX, read_impact
from domain.rules.canonical import hash_of
from tests.unit.plans.samples import SHIPPED, SOFT, run_document


def test_a_run_names_its_packs_and_how_much_it_looked_at() -> None:
    document = run_document(SHIPPED, SOFT)
    run = read_impact(json.dumps(document))
    assert (run.old_pack_hashes, run.new_pack_hash) == ((hash_of(SHIPPED),), hash_of(SOFT))
    assert (run.accounts, run.events, run.flips) == (2, 40, len(document["flips"]))


def test_what_else_it_says_is_kept_with_it() -> None:
    document = run_document(SHIPPED, SOFT, seconds="1.5", took=[1, 2])
    assert read_impact(json.dumps(document)).text == canonical_json(document)


def test_its_hash_does_not_depend_on_how_it_was_written_down() -> None:
    document = run_document(SHIPPED, SOFT)
    backwards = dict(reversed(document.items()))
    assert read_impact(json.dumps(document)).hash == (
        read_impact(json.dumps(backwards, indent=2)).hash
    )


@pytest.mark.parametrize(
    ("facts", "pointer"),
    [
        ({"old_pack_hash": None}, "/old_pack_hash"),
        ({"new_pack_hash": "ABC"}, "/new_pack_hash"),
        ({"new_pack_hash": hash_of(SHIPPED)}, "/new_pack_hash"),
        ({"accounts": -1}, "/accounts"),
        ({"accounts": "2"}, "/accounts"),
        ({"events": None}, "/events"),
        ({"flips": None}, "/flips"),
        ({"flips": [1]}, "/flips/0"),
        ({"flips": [{}] * (FLIPS_MAX + 1)}, "/flips"),
        ({"note": "x" * IMPACT_LENGTH_MAX}, ""),
    ],
)
def test_a_fault_is_named_by_its_pointer(facts: dict[str, Any], pointer: str) -> None:
    with pytest.raises(Unreadable) as refusal:
        read_impact(json.dumps(run_document(SHIPPED, SOFT, **facts)))
    assert refusal.value.facts["pointer"] == pointer


@pytest.mark.parametrize("text", ["[]", "1", "{", "{} {}"])
def test_what_is_no_run_is_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        read_impact(text)
