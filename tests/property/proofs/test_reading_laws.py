"""Whatever is given for a checkpoint, a key or a proof, it is read or refused, and nothing else."""

from contextlib import suppress

from hypothesis import example, given
from hypothesis import strategies as st

from application.proofs.tree import NotProved
from application.proofs.verifying import (
    EventProof,
    NothingToJudge,
    check_signature,
    read_checkpoint,
    read_key,
    read_proof,
)
from tests.support.evidence import KEY, signed

NOTE = signed(7, bytes(32))
PROOF = EventProof(3, b'{"ledger_seq":4}', (bytes(32), bytes(32)), read_checkpoint(NOTE)).text()
any_text = st.text(st.characters(codec=None), max_size=80)


@st.composite
def damaged(draw: st.DrawFn, text: str) -> str:
    """A text with a piece of it taken for another."""
    begin = draw(st.integers(0, len(text)))
    end = draw(st.integers(begin, min(len(text), begin + 9)))
    return text[:begin] + draw(any_text) + text[end:]


@given(text=any_text | damaged(NOTE))
def test_a_checkpoint_is_read_or_refused(text: str) -> None:
    with suppress(NothingToJudge):
        found = read_checkpoint(text)
        assert found.note == text
        if found.signed != read_checkpoint(NOTE).signed:
            with suppress(NotProved):
                check_signature(found, [KEY])
                raise AssertionError("what was not signed is not signed")


@given(text=any_text | damaged(str(KEY)))
@example(text=f"\ud800{KEY}")
def test_a_key_is_read_or_refused(text: str) -> None:
    with suppress(NothingToJudge):
        assert str(read_key(text)).rstrip("=") == text.strip().rstrip("=")


@given(text=any_text | damaged(PROOF))
def test_a_proof_is_read_or_refused_and_proves_nothing(text: str) -> None:
    with suppress(NothingToJudge, NotProved):
        read_proof(text).check([KEY])
        raise AssertionError("these hashes lead nowhere")
