"""Where two documents part."""

import pytest

from application.certificates.differences import ABSENT, Difference, first_difference


@pytest.mark.parametrize(
    ("recorded", "recomputed", "pointer"),
    [
        (1, True, ""),
        (0, False, ""),
        ("1", 1, ""),
        (None, "", ""),
        ({"a": 1}, {"a": 2}, "/a"),
        ({"a": 1}, {}, "/a"),
        ({"b": 1, "a": 1}, {"b": 2, "a": 2}, "/a"),
        ({"a/b~c": [1]}, {"a/b~c": [2]}, "/a~1b~0c/0"),
        ([1, [2, 3]], [1, [2, 4]], "/1/1"),
        ([1], [1, 2], "/1"),
        ([1, 2], [1], "/1"),
    ],
)
def test_the_first_place_is_named(recorded: object, recomputed: object, pointer: str) -> None:
    found = first_difference(recorded, recomputed)
    assert found is not None
    assert found.pointer == pointer


def test_equal_documents_do_not_part() -> None:
    assert first_difference({"a": [1, None, {"b": "x"}]}, {"a": [1, None, {"b": "x"}]}) is None


def test_a_difference_says_what_stands_there_and_what_it_comes_to() -> None:
    said = str(Difference("/events/1/payload/fees_units", 45_100, 45_000))
    assert said == "/events/1/payload/fees_units: recorded 45100, recomputed 45000"
    assert str(Difference("", "x", ABSENT)) == (
        '(the whole document): recorded "x", recomputed nothing'
    )


def test_what_is_shown_of_a_value_is_short() -> None:
    assert len(str(Difference("/a", "x" * 10_000, {}))) < 300
