"""Sealed texts: opened for their purpose alone, and never after a change."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from interfaces.http.sealing import NotSealed, Sealer

SEALER = Sealer(SecretStr("a secret that tests share, 32 bytes"))
DOCUMENT = {"p": "0000000000000001042"}
SEALED = SEALER.seal("position", DOCUMENT)


def test_opens_what_it_sealed() -> None:
    assert SEALER.open("position", SEALED) == DOCUMENT


def test_shows_nothing_of_the_document() -> None:
    assert "1042" not in SEALED
    assert SEALER.seal("position", DOCUMENT) != SEALED


@pytest.mark.parametrize(
    "other",
    ["v1.", "", "1042", "v2" + SEALED[2:], SEALED + ".", "v1.a.b.c"],
    ids=["no text", "nothing", "a number", "a later version", "a dot more", "no ciphertext"],
)
def test_refuses_what_is_not_sealed(other: str) -> None:
    with pytest.raises(NotSealed):
        SEALER.open("position", other)


def test_refuses_a_text_of_another_purpose() -> None:
    with pytest.raises(NotSealed):
        SEALER.open("cursor", SEALED)


def test_refuses_a_text_of_another_secret() -> None:
    other = Sealer(SecretStr("another secret of at least 32 bytes!"))
    with pytest.raises(NotSealed):
        SEALER.open("position", other.seal("position", DOCUMENT))


@given(place=st.integers(0, len(SEALED) - 1), letter=st.sampled_from("Az09-_.é "))
def test_refuses_a_text_with_one_character_changed(place: int, letter: str) -> None:
    changed = SEALED[:place] + letter + SEALED[place + 1 :]
    try:
        opened = SEALER.open("position", changed)
    except NotSealed:
        return
    # The last characters of base64 hold spare bits: another spelling of the same bytes.
    assert opened == DOCUMENT


@given(text=st.text(max_size=200))
def test_refuses_any_text_without_failing(text: str) -> None:
    with pytest.raises(NotSealed):
        SEALER.open("cursor", text)
