"""Personal data is in a leaf only as a commitment: erased, every proof stays valid."""

import json
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from application.exports.lines import line_of
from application.log import RecordedEvent
from application.proofs.sealing import leaf_of
from application.proofs.tiles import inclusion_spans, root_of, roots_of
from application.proofs.tree import canonical, check_inclusion, entry_of_line, leaf_hash
from tests.support.merkle import tiled

AT = datetime(2026, 3, 2, 18, tzinfo=UTC)
names = st.text("abcdef$", min_size=1, max_size=6).filter(lambda name: name != "$personal")
plain = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8)
sealed_texts = st.binary(max_size=20).map(lambda each: each.hex())


@st.composite
def personal(draw: st.DrawFn) -> dict[str, Any]:
    """What a command will make of a name or an address."""
    salt, value = draw(st.binary(min_size=16, max_size=16)), draw(plain)
    commitment = sha256(salt + canonical(value)).hexdigest()
    return {"$personal": {"commitment": commitment, "sealed": draw(sealed_texts)}}


values = st.recursive(
    plain | personal(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=8,
)
payloads = st.dictionaries(names, values, min_size=1, max_size=3)


def recorded(payload: Any, seq: int = 1) -> RecordedEvent:
    return RecordedEvent(
        ledger_seq=seq,
        stream_id=UUID(int=1),
        stream_version=seq,
        event_id=UUID(int=seq),
        event_type="person.told",
        schema_version=1,
        payload=canonical(payload).decode(),
        actor="admin:1",
        correlation_id=None,
        causation_id=None,
        request_id=None,
        reason='not "$personal"',
        effective_at=AT,
        recorded_at=AT,
    )


def changed(value: Any, change: Any) -> Any:
    """The same document with every personal member changed."""
    if isinstance(value, list):
        return [changed(each, change) for each in value]
    if not isinstance(value, dict):
        return value
    if value.keys() == {"$personal"}:
        return {"$personal": change(value["$personal"])}
    return {name: changed(each, change) for name, each in value.items()}


def erased(said: dict[str, str]) -> dict[str, str]:
    return {"commitment": said["commitment"]}


def committed_otherwise(said: dict[str, str]) -> dict[str, str]:
    return {**said, "commitment": sha256(said["commitment"].encode()).hexdigest()}


@given(documents=st.lists(payloads, min_size=1, max_size=6), data=st.data())
def test_erasing_leaves_every_proof_valid(documents: list[Any], data: st.DataObject) -> None:
    rows = [recorded(each, seq) for seq, each in enumerate(documents, start=1)]
    tiles = tiled(map(leaf_of, rows))
    top = root_of(len(rows), lambda _: tiles)
    index = data.draw(st.integers(0, len(rows) - 1))
    proof = roots_of(inclusion_spans(index, len(rows)), lambda _: tiles)
    after = [recorded(changed(each, erased), seq) for seq, each in enumerate(documents, start=1)]
    check_inclusion(leaf_of(after[index]), index, len(rows), proof, top)
    assert root_of(len(rows), lambda _: tiled(map(leaf_of, after))) == top


@given(said=personal(), around=payloads)
def test_another_commitment_is_another_leaf(said: dict[str, Any], around: dict[str, Any]) -> None:
    document = {**around, "name": [said]}
    other = recorded(changed(document, committed_otherwise))
    assert leaf_of(other) != leaf_of(recorded(document))


@given(around=payloads, data=st.data())
def test_whatever_else_is_changed_is_another_leaf(
    around: dict[str, Any], data: st.DataObject
) -> None:
    row = recorded(around)
    line = line_of(row)
    others = [
        row._replace(actor="another"),
        row._replace(request_id="another"),
        row._replace(event_type="another"),
        row._replace(stream_version=2),
    ]
    assert leaf_of(data.draw(st.sampled_from(others))) != leaf_hash(entry_of_line(line))
    more = recorded({**around, "more": 1})
    assert leaf_of(more) != leaf_of(row)


@given(
    said=st.fixed_dictionaries(
        {"commitment": st.text("0123456789abcdefg", min_size=63, max_size=65) | plain},
        optional={"sealed": plain, "more": plain},
    )
)
def test_a_member_of_another_form_counts_byte_for_byte(said: dict[str, Any]) -> None:
    line = line_of(recorded({"name": {"$personal": said}}))
    commitment = said["commitment"]
    is_one = isinstance(commitment, str) and len(commitment) == 64 and "g" not in commitment
    known = said.keys() <= {"commitment", "sealed"} and isinstance(said.get("sealed", ""), str)
    assert (entry_of_line(line) == line) == (not (is_one and known and "sealed" in said))


def test_a_line_that_is_not_canonical_counts_byte_for_byte() -> None:
    said = {"$personal": {"commitment": "0" * 64, "sealed": "x"}}
    line = line_of(recorded({"name": said}))
    spaced = line.replace(b'"name":', b'"name": ')
    assert entry_of_line(spaced) == spaced
    assert b"sealed" not in entry_of_line(line)
    assert json.loads(entry_of_line(line))["payload"] == {"name": {"$personal": {
        "commitment": "0" * 64
    }}}  # fmt: skip
    deep = b'{"payload":' + b"[" * 100_000 + b'"$personal"' + b"]" * 100_000 + b"}"
    assert entry_of_line(deep) == deep
    for strange in (b'"$personal"', b'{"$personal":1}', b'["$personal"]'):
        assert entry_of_line(strange) == strange
