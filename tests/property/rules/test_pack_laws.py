"""What holds of every rule pack: one meaning, one text, one hash."""

import json
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from domain.documents import Place, Unreadable, canonical_json
from domain.rules.canonical import document_of, hash_of, pack_from_text
from domain.rules.pack import RulePack
from domain.rules.reading import read_pack
from tests.property.rules.documents import almost_packs, documents

unhurried = settings(deadline=None)  # A busy machine proves nothing.

EMPTY_TABLE = {"starting_balance": "1.00", "position_limits": {"per_symbol": {}}}


def shuffled(value: Any, draw: st.DataObject) -> Any:
    """The same meaning, the members of every object in another order."""
    if isinstance(value, dict):
        keys = draw.draw(st.permutations(sorted(value)))
        return {key: shuffled(value[key], draw) for key in keys}
    if isinstance(value, list):
        return [shuffled(each, draw) for each in value]
    return value


def read_or_refused(document: Any) -> RulePack | Unreadable:
    try:
        return read_pack(Place(document))
    except Unreadable as refusal:
        return refusal


@unhurried
@given(documents)
@example(EMPTY_TABLE)
@example({"starting_balance": "1.00", "payout": {"consistency": {"limit": "0.40"}}})
def test_a_pack_survives_its_canonical_form(document: dict[str, Any]) -> None:
    pack = read_pack(Place(document))
    again = read_pack(Place(document_of(pack)))
    assert again == pack
    assert hash_of(again) == hash_of(pack)
    assert pack_from_text(canonical_json(document_of(pack))) == pack


@unhurried
@given(documents, st.data())
def test_the_order_of_keys_does_not_matter(document: dict[str, Any], data: st.DataObject) -> None:
    other = shuffled(document, data)
    assert hash_of(read_pack(Place(other))) == hash_of(read_pack(Place(document)))


@unhurried
@given(documents)
def test_null_is_the_same_as_absent(document: dict[str, Any]) -> None:
    with_nulls = {**dict.fromkeys(("max_loss", "payout", "news", "hedging")), **document}
    assert read_pack(Place(with_nulls)) == read_pack(Place(document))


@unhurried
@given(documents, documents)
def test_packs_of_one_hash_are_one_pack(one: dict[str, Any], other: dict[str, Any]) -> None:
    first, second = read_pack(Place(one)), read_pack(Place(other))
    assert (hash_of(first) == hash_of(second)) == (first == second)


@unhurried
@given(almost_packs)
@example({"starting_balance": "1.00", "name": "\ud800"})
@example({"starting_balance": "1.00", "name": "a\0b"})
def test_whatever_is_read_is_a_pack_or_refused_by_its_pointer(document: Any) -> None:
    read = read_or_refused(document)
    if isinstance(read, RulePack):
        assert read_pack(Place(json.loads(canonical_json(document_of(read))))) == read
    else:
        pointer = str(read.facts["pointer"])
        assert pointer == "" or pointer.startswith("/")
        assert read.sentence.startswith(pointer or "(the whole document)")


@unhurried
@given(documents, st.sampled_from(["starting_balance", "profit_target"]), st.floats(1, 1e6))
def test_a_float_is_never_money(document: dict[str, Any], key: str, amount: float) -> None:
    with pytest.raises(Unreadable) as refusal:
        read_pack(Place({**document, key: amount}))
    assert refusal.value.facts["pointer"] == f"/{key}"
