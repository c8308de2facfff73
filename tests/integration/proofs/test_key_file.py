"""A key in a file: made once, for its owner alone."""

import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from application.proofs.errors import SigningKeyRefused
from infrastructure.proofs.key_file import kept_key_file, new_key_file, open_key_file


def test_a_new_key_is_for_its_owner_alone(tmp_path: Path) -> None:
    new_key_file(tmp_path / "key")
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["key"]
    first, again = (open_key_file(tmp_path / "key", name="n").verifier_key() for _ in range(2))
    assert first == again


def test_a_key_is_never_overwritten(tmp_path: Path) -> None:
    new_key_file(tmp_path / "key")
    before = (tmp_path / "key").read_bytes()
    with pytest.raises(SigningKeyRefused, match="is there already"):
        new_key_file(tmp_path / "key")
    assert (tmp_path / "key").read_bytes() == before


def test_a_kept_key_is_made_once(tmp_path: Path) -> None:
    path = tmp_path / "data" / "key"
    assert {str(kept_key_file(path, name="n").verifier_key()) for _ in range(3)} == {
        str(open_key_file(path, name="n").verifier_key())
    }


def test_a_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    new_key_file(tmp_path / "key")
    (tmp_path / "key").chmod(0o640)
    with pytest.raises(SigningKeyRefused, match="0600"):
        open_key_file(tmp_path / "key", name="n")


def test_what_is_no_such_key_is_refused_and_not_shown(tmp_path: Path) -> None:
    other = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    for content, said in ((other, "not an Ed25519 key"), (b"hunter2", "no PEM private key")):
        path = tmp_path / "key"
        path.write_bytes(content)
        path.chmod(0o600)
        with pytest.raises(SigningKeyRefused, match=said) as refusal:
            open_key_file(path, name="n")
        assert "hunter2" not in refusal.value.sentence
    with pytest.raises(SigningKeyRefused, match="No such file"):
        open_key_file(tmp_path / "nowhere", name="n")
    with pytest.raises(SigningKeyRefused, match="No such file"):
        new_key_file(tmp_path / "nowhere" / "key")
