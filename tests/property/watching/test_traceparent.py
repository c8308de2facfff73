"""What is taken for a trace is one, whatever a caller sends."""

from hypothesis import given
from hypothesis import strategies as st

from interfaces.watching.traceparent import TRACEPARENT, is_sampled, trace_id, traceparent

HEX = "0123456789abcdef"


def hexes(length: int) -> st.SearchStrategy[str]:
    return st.text(HEX, min_size=length, max_size=length)


GIVEN = st.builds("-".join, st.tuples(hexes(2), hexes(32), hexes(16), hexes(2)))
NEARLY = st.one_of(
    st.text(max_size=60),
    GIVEN.map(str.upper),
    GIVEN.map(lambda given: given + "\n"),
    GIVEN.map(lambda given: given + "-extra"),
    st.tuples(GIVEN, st.integers(0, 54), st.characters()).map(
        lambda three: three[0][: three[1]] + three[2] + three[0][three[1] + 1 :]
    ),
)


@given(GIVEN | NEARLY)
def test_it_is_kept_whole_or_not_at_all(given_text: str) -> None:
    kept = traceparent(given_text)
    version, trace, span = given_text[:2], given_text[3:35], given_text[36:52]
    wellformed = (
        len(given_text) == 55
        and given_text == f"{version}-{trace}-{span}-{given_text[53:]}"
        and set(version + trace + span + given_text[53:]) <= set(HEX)
    )
    is_one = wellformed and version != "ff" and trace.strip("0") != "" and span.strip("0") != ""
    assert (kept is not None) == is_one
    if kept is not None:
        assert len(kept) == 55
        assert kept[2:] == given_text[2:]
        assert trace_id(given_text) == trace


@given(GIVEN | NEARLY)
def test_what_is_kept_reads_the_same_again(given_text: str) -> None:
    kept = traceparent(given_text)
    if kept is not None:
        assert TRACEPARENT.fullmatch(kept)
        assert traceparent(kept) == kept
        assert trace_id(kept) == trace_id(given_text)
        assert is_sampled(kept) == is_sampled(given_text) == bool(int(kept[-2:], 16) % 2)


@given(NEARLY)
def test_nothing_else_is_in_a_trace(given_text: str) -> None:
    if not TRACEPARENT.fullmatch(given_text):
        assert (traceparent(given_text), trace_id(given_text)) == (None, None)
        assert not is_sampled(given_text)
