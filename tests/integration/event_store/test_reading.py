"""The short way from a payload to its event, beside the long one."""

import json
from dataclasses import field
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.accounts.events import FillRecorded, TradeRecorded
from domain.kernel import Event
from infrastructure.event_store.codec import encode_payload
from infrastructure.event_store.reading import ShortWay
from tests.integration.event_store.tally import NOON, Counted, Described

STREAM = UUID("01890a5d-ac96-774b-bcce-b302099a8057")
ENVELOPE: dict[str, Any] = {"originator_id": STREAM, "originator_version": 3, "timestamp": NOON}
KINDS: tuple[type[Event], ...] = (Counted, Described, FillRecorded, TradeRecorded)
SHORT = {kind: ShortWay(kind) for kind in KINDS}
NAMES = sorted({name for kind in KINDS for name in kind.__annotations__} | set(ENVELOPE))
plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False)
    | st.sampled_from(["1.50", "long", "glad", "2026-01-05", "2026-01-05T06:00:00Z", str(STREAM)])
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=4,
)


class Tagged(Event):
    """Says less than it holds."""

    TOPIC = "tally.tagged"
    colour: str
    shade: str = "dark"


class Listed(Event):
    """Makes a field of its own."""

    TOPIC = "tally.listed"
    colours: dict[str, int] = field(default_factory=dict)


def short(kind: type[Event], payload: str) -> Event | None:
    way = SHORT.get(kind) or ShortWay(kind)
    return way.event(payload, STREAM, 3, NOON)


def made(kind: type[Event], **facts: Any) -> Event:
    return kind(**{**ENVELOPE, **facts})


def long(kind: type[Event], payload: str) -> Event:
    return msgspec.convert({**msgspec.json.decode(payload), **ENVELOPE}, type=kind)


def agrees(kind: type[Event], payload: str) -> None:
    found = short(kind, payload)
    if found is not None:
        assert found == long(kind, payload)
        assert encode_payload(found) == encode_payload(long(kind, payload))


@given(kind=st.sampled_from(KINDS), facts=st.dictionaries(st.sampled_from(NAMES), plain))
def test_reads_what_the_long_way_reads(kind: type[Event], facts: dict[str, Any]) -> None:
    agrees(kind, json.dumps(facts))


@given(
    change=st.dictionaries(st.sampled_from(NAMES), plain, max_size=2),
    gone=st.sets(st.sampled_from(NAMES), max_size=1),
)
def test_reads_what_the_long_way_reads_where_little_is_odd(
    change: dict[str, Any], gone: set[str]
) -> None:
    event = made(
        FillRecorded, fill_id="1", symbol="ES", root="ES", action="buy", quantity=1,
        price=Decimal("1.25"), realised_units=5, closed_quantity=0, fees_units=3, executed_at=NOON,
        trading_day=date(2026, 1, 5), source="x", fingerprint="f",
    )  # fmt: skip
    facts = {**json.loads(encode_payload(event)), **change}
    agrees(FillRecorded, json.dumps({name: facts[name] for name in facts if name not in gone}))


def test_goes_it_for_what_was_recorded() -> None:
    facts: dict[str, Any] = {"number": 7}
    assert short(Counted, json.dumps(facts)) == made(Counted, **facts)


def test_sets_what_a_payload_leaves_out() -> None:
    event = short(Tagged, '{"colour":"red"}')
    assert event == made(Tagged, colour="red")
    assert vars(event) == {**ENVELOPE, "colour": "red", "shade": "dark"}


@pytest.mark.parametrize("payload", ["", "{", "[]", "null", '{"number":"one"}', "{}", '{"number":'])
def test_leaves_to_the_long_way_what_it_cannot_read(payload: str) -> None:
    assert short(Counted, payload) is None


def test_leaves_a_class_with_fields_of_its_own_making_to_the_long_way() -> None:
    assert short(Listed, '{"colours":{"red":1}}') is None


def test_keeps_the_time_of_the_envelope() -> None:
    event = short(Counted, '{"number":1,"timestamp":"2020-01-01T00:00:00Z"}')
    assert event == made(Counted, number=1)
