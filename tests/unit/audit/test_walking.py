"""Walking through a history: forwards, back, and out."""

from collections.abc import Callable, Iterator

import pytest

from application.audit.walking import walk


def answering(*answers: str) -> Callable[[], str]:
    """A person who types these lines and then closes the terminal."""
    given = iter(answers)

    def ask() -> str:
        try:
            return next(given)
        except StopIteration:
            raise EOFError from None

    return ask


@pytest.mark.parametrize(
    ("answers", "shown"),
    [
        (("", "", ""), "abc"),
        (("", "b", "", "", ""), "ababc"),
        (("b", "b", ""), "aaab"),
        (("", "q"), "ab"),
        ((" Q ",), "a"),
        (("anything", "else"), "abc"),
        (("", "", "b", "B", "", ""), "abcbabc"),
        ((), "a"),
    ],
)
def test_shows_the_step_that_was_asked_for(answers: tuple[str, ...], shown: str) -> None:
    seen: list[str] = []
    walk(iter("abc"), show=seen.append, ask=answering(*answers))
    assert "".join(seen) == shown


def test_reads_no_step_before_it_is_reached() -> None:
    read: list[int] = []

    def steps() -> Iterator[int]:
        for number in range(10):
            read.append(number)
            yield number

    walk(steps(), show=lambda _: None, ask=answering("", "b", "q"))
    assert read == [0, 1]


def test_ends_at_once_when_there_is_no_step() -> None:
    seen: list[str] = []
    walk(iter(""), show=seen.append, ask=answering("", ""))
    assert seen == []
