"""What holds for the difference of any two packs."""

from typing import Any

from hypothesis import given

from domain.documents import Place, canonical_json
from domain.plans.diffing import applied, diff_of, value_at
from domain.rules.canonical import document_of
from domain.rules.reading import read_pack
from tests.property.rules.documents import documents


def canonical(document: dict[str, Any]) -> dict[str, Any]:
    return document_of(read_pack(Place(document)))


@given(documents, documents)
def test_a_diff_applied_gives_the_new_pack(one: dict[str, Any], other: dict[str, Any]) -> None:
    before, after = canonical(one), canonical(other)
    kept = canonical_json(before)
    assert canonical_json(applied(diff_of(before, after), before)) == canonical_json(after)
    assert canonical_json(before) == kept


@given(documents)
def test_a_pack_does_not_differ_from_itself(document: dict[str, Any]) -> None:
    assert diff_of(canonical(document), canonical(document)) == ()


@given(documents, documents)
def test_packs_that_do_not_differ_are_one(one: dict[str, Any], other: dict[str, Any]) -> None:
    before, after = canonical(one), canonical(other)
    assert (diff_of(before, after) == ()) == (canonical_json(before) == canonical_json(after))


@given(documents, documents)
def test_a_diff_backwards_is_the_diff_of_the_way_back(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    before, after = canonical(one), canonical(other)
    there, back = diff_of(before, after), diff_of(after, before)
    assert [(each.pointer, each.before, each.after) for each in there] == [
        (each.pointer, each.after, each.before) for each in back
    ]


@given(documents, documents)
def test_a_diff_says_what_stands_at_each_place(one: dict[str, Any], other: dict[str, Any]) -> None:
    before, after = canonical(one), canonical(other)
    for each in diff_of(before, after):
        assert value_at(before, each.pointer) == each.before
        assert value_at(after, each.pointer) == each.after


@given(documents)
def test_the_diff_from_nothing_is_the_whole_pack(document: dict[str, Any]) -> None:
    pack = canonical(document)
    assert canonical_json(applied(diff_of({}, pack), {})) == canonical_json(pack)
