"""Strict reading: each kind of value, and the pointer and reason of each fault."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import pytest

from domain.documents import Place, Unreadable, canonical_json, read_json
from domain.money import USD

Reader = Callable[[Place], Any]
MOMENT = datetime(2026, 3, 2, 16, tzinfo=UTC)


@pytest.mark.parametrize(
    ("read", "value", "expected"),
    [
        (Place.money, "7.8125", USD(78_125)),
        (Place.amount, "0.0001", USD(1)),
        (Place.ratio, "0.50", Decimal("0.5")),
        (Place.ratio, "1", Decimal(1)),
        (Place.multiple, "5", Decimal(5)),
        (Place.multiple, "0.25", Decimal("0.25")),
        (Place.count, 0, 0),
        (Place.flag, False, False),
        (Place.text, "é", "é"),
        (Place.moment, "2026-03-02T10:00:00-06:00", MOMENT),
        (Place.moment, "2026-03-02t16:00:00.000000z", MOMENT),
        (Place.day, "2026-03-02", date(2026, 3, 2)),
        (Place.clock, "15:10", time(15, 10)),
        (Place.decimal_text, "5000.25", "5000.25"),
        (lambda at: at.choice("a", "b"), "b", "b"),
    ],
)
def test_a_value_of_its_kind_is_read(read: Reader, value: Any, expected: Any) -> None:
    assert read(Place(value)) == expected


@pytest.mark.parametrize(
    ("read", "value"),
    [
        (Place.money, 1),
        (Place.money, 1.0),
        (Place.money, True),
        (Place.money, None),
        (Place.money, ["1"]),
        (Place.money, "1.00001"),
        (Place.amount, "0.00"),
        (Place.amount, "-1.00"),
        (Place.ratio, 0.5),
        (Place.ratio, "0"),
        (Place.ratio, "1.01"),
        (Place.ratio, "-0.5"),
        (Place.multiple, 5),
        (Place.multiple, "0"),
        (Place.multiple, "-1"),
        (Place.multiple, "5x"),
        (lambda at: at.count(at_most=9), 10),
        (Place.count, True),
        (Place.count, 1.0),
        (Place.count, -1),
        (Place.count, 10**9 + 1),
        (Place.flag, 0),
        (Place.text, ""),
        (Place.text, " \n"),
        (Place.text, "x" * 501),
        (Place.text, "a\0b"),
        (Place.text, "\udc00"),
        (Place.moment, "2026-03-02T10:00:00"),
        (Place.moment, "2026-03-02"),
        (Place.moment, "2026-03-02T25:00:00Z"),
        (Place.moment, "2026-03-02T10:00:00+0600"),
        (Place.moment, "0001-01-01T00:00:00+23:00"),
        (Place.moment, 1_772_467_200),
        (Place.day, "2026-02-30"),
        (Place.day, "2026-3-2"),
        (Place.clock, "24:00"),
        (Place.clock, "15:10:00"),
        (Place.decimal_text, 5000.25),
        (lambda at: at.choice("a", "b"), "c"),
        (lambda at: at.choice("a", "b"), ["a"]),
        (lambda at: at.items(at_most=1), [1, 2]),
        (lambda at: at.items(at_most=1), {}),
        (Place.fields, []),
        (Place.entries, "x"),
    ],
)
def test_a_value_of_another_kind_is_refused_where_it_stands(read: Reader, value: Any) -> None:
    with pytest.raises(Unreadable) as refusal:
        read(Place(value, "/a/0"))
    assert refusal.value.facts["pointer"] == "/a/0"
    assert refusal.value.sentence.startswith("/a/0: ")


class TestFields:
    def test_members_are_places_of_their_own(self) -> None:
        at = Place({"a": 1, "b": None}, "/x").fields(required=("a",), optional=("b", "c"))
        assert at == {"a": Place(1, "/x/a")}

    @pytest.mark.parametrize(
        ("value", "pointer"), [({}, "/a"), ({"a": None}, "/a"), ({"a": 1, "z": 2}, "/z")]
    )
    def test_a_required_key_and_no_unknown_one(self, value: Any, pointer: str) -> None:
        with pytest.raises(Unreadable) as refusal:
            Place(value).fields(required=("a",))
        assert refusal.value.facts["pointer"] == pointer

    def test_a_pointer_escapes_as_rfc_6901_says(self) -> None:
        assert Place({}).member("a/b~c").pointer == "/a~1b~0c"


def test_json_text_becomes_a_place() -> None:
    assert read_json(b'{"a": [1, "\xc3\xa9"]}') == Place({"a": [1, "é"]})


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"a": 1,}', "line 1, column"),
        ('{"a": 1, "a": 2}', "stands twice"),
        ('{"a": {"b": 1, "b": 1}}', "stands twice"),
        ("NaN", "NaN is not JSON"),
        ("-Infinity", "-Infinity is not JSON"),
        ('{"\\u0000": 1}', "no text"),
        (b"\xff", "UTF-8"),
        ("[" * 100_000, "nested too deeply"),
        ("9" * 5_000, "too long"),
    ],
    ids=["comma", "twice", "inner", "nan", "infinity", "nul", "bytes", "deep", "long"],
)
def test_what_is_not_json_says_why(text: str | bytes, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason) as refusal:
        read_json(text)
    assert refusal.value.sentence.startswith("(the whole document): ")


def test_canonical_json_has_one_spelling() -> None:
    assert canonical_json({"b": [1, "é"], "a": None}) == '{"a":null,"b":[1,"é"]}'


def test_canonical_json_refuses_what_is_not_json() -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        canonical_json({"a": float("nan")})
