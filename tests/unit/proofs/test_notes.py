"""Checkpoints, keys and proofs as texts: the forms of C2SP, and nothing else."""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from application.proofs.checkpointing import signed_note
from application.proofs.tree import NotProved, leaf_hash
from application.proofs.verifying import (
    ED25519,
    EventProof,
    NothingToJudge,
    VerifierKey,
    check_signature,
    checkpoint_text,
    read_checkpoint,
    read_key,
    read_proof,
)

NAME = "ledger.example/log"
Change: TypeAlias = Callable[[str], str]
# The example of C2SP's signed-note and the verifier key of Go's note package.
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PETER_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n\n"
    "\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngo"
    "tpRZb6KE6RyyBwJnAM=\n"
)


def held() -> tuple[Ed25519PrivateKey, VerifierKey]:
    private = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    public = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return private, VerifierKey(NAME, ED25519, public)


def note_of(size: int = 1, root: bytes = leaf_hash(b"x"), origin: str = NAME) -> str:
    private, key = held()
    text = checkpoint_text(origin, size, root)
    return signed_note(text, replace(key, name=NAME), private.sign(text.encode()))


class TestCheckpoint:
    def test_is_read_as_it_was_written(self) -> None:
        _, key = held()
        found = read_checkpoint(note_of())
        assert (found.origin, found.size, found.root) == (NAME, 1, leaf_hash(b"x"))
        assert check_signature(found, [key]) == key

    def test_may_have_more_lines_and_more_signatures(self) -> None:
        private, key = held()
        text = checkpoint_text(NAME, 1, leaf_hash(b"x")) + "an extension\n"
        note = signed_note(text, key, private.sign(text.encode())) + "\u2014 witness AAAAAAAA\n"
        assert check_signature(read_checkpoint(note), [key]) == key

    @pytest.mark.parametrize(
        "change",
        [
            lambda _: "",
            lambda note: note.rstrip("\n"),
            lambda note: note.replace("\n\n", "\n"),
            lambda note: note.replace("\n1\n", "\n01\n"),
            lambda note: note.replace("\n1\n", "\n-1\n"),
            lambda note: note.replace("\n1\n", "\n\u0661\n"),
            lambda note: note.replace("\n1\n", "\none\n"),
            lambda note: note.replace("=\n", "\n", 1),
            lambda note: note.replace("\u2014", "--"),
            lambda note: note.replace(NAME, "", 1),
            lambda note: note.replace("\n1\n", "\n1\r\n"),
            lambda note: note + "\n",
            lambda note: note + "\u2014 witness !!!!\n",
            lambda note: note + "\u2014 witness AAAAAAAA\n" * 100,
            lambda note: note.replace(NAME, "x" * 70_000),
            lambda note: note.partition("\n\n")[0] + "\n\n",
        ],
    )
    def test_is_refused_in_any_other_form(self, change: Change) -> None:
        with pytest.raises(NothingToJudge):
            read_checkpoint(change(note_of()))

    def test_is_not_signed_by_a_key_that_is_not_given(self) -> None:
        with pytest.raises(NotProved, match="not signed by a key"):
            check_signature(read_checkpoint(note_of()), [read_key(PETER)])

    def test_is_not_signed_when_it_was_changed(self) -> None:
        _, key = held()
        with pytest.raises(NotProved, match="is wrong"):
            check_signature(read_checkpoint(note_of().replace("\n1\n", "\n2\n")), [key])

    def test_of_another_log_is_not_signed_by_this_ones_key(self) -> None:
        _, key = held()
        with pytest.raises(NotProved, match="is wrong"):
            check_signature(read_checkpoint(note_of(origin="another.example/log")), [key])


class TestKey:
    def test_is_read_as_it_was_written(self) -> None:
        _, key = held()
        assert read_key(str(key)) == key
        assert str(read_key(PETER)) == PETER
        assert read_key(f" {PETER}\n").key_id.hex() == "c74f20a3"

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "PeterNeumann",
            PETER.replace("c74f20a3", "c74f20a4"),
            PETER.replace("Peter", "Paul"),
            PETER[:-1],
            "n+00000000+" + "A" * 600,
            "n+6d9e8ac4+/w==",
        ],
    )
    def test_is_refused_in_any_other_form(self, text: str) -> None:
        with pytest.raises(NothingToJudge):
            read_key(text)

    def test_of_a_type_that_is_not_known_is_refused(self) -> None:
        with pytest.raises(NothingToJudge, match="type 7"):
            read_key(str(VerifierKey("n", 7, bytes(32))))

    def test_verifies_the_note_of_the_specification(self) -> None:
        key = read_key(PETER)
        text, _, rest = PETER_NOTE.rpartition("\n\n")
        signature = rest.split()[-1]
        made = f"{key.name}\n1\n{'A' * 43}=\n\n\u2014 {key.name} {signature}\n"
        found = replace(read_checkpoint(made), signed=f"{text}\n".encode(), origin="PeterNeumann")
        assert check_signature(found, [key]) == key


class TestProof:
    ENTRY = b'{"ledger_seq":1,"payload":{}}'

    def proof(self) -> EventProof:
        return EventProof(0, self.ENTRY, (), read_checkpoint(note_of(1, leaf_hash(self.ENTRY))))

    def test_is_read_as_it_was_written(self) -> None:
        found = read_proof(self.proof().text())
        assert found == self.proof()
        found.check([held()[1]])
        longer = replace(found, path=(bytes(32), leaf_hash(b"x")))
        assert read_proof(longer.text()) == longer

    @pytest.mark.parametrize(
        "change",
        [
            lambda _: "",
            lambda text: text.replace("@v1", "@v2"),
            lambda text: text.replace("extra ", "more "),
            lambda text: text.replace("index 0", "index zero"),
            lambda text: text.replace("index 0", "index 00"),
            lambda text: text.replace("index 0\n", ""),
            lambda text: text.replace("\n\n", "\n"),
        ],
    )
    def test_is_refused_in_any_other_form(self, change: Change) -> None:
        with pytest.raises(NothingToJudge):
            read_proof(change(self.proof().text()))

    def test_of_an_event_that_calls_itself_another_proves_nothing(self) -> None:
        for entry in (b'{"ledger_seq":2}', b"{}", b"", b"[1]", b"\xff"):
            top = read_checkpoint(note_of(1, leaf_hash(entry)))
            with pytest.raises(NotProved, match="another ledger_seq"):
                EventProof(0, entry, (), top).check([])

    def test_needs_every_hash_as_it_is(self) -> None:
        wrong = self.proof().text().replace("index 0\n", "index 0\nAAAA\n")
        with pytest.raises(NotProved):
            read_proof(wrong).check([])
