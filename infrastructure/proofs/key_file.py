"""An Ed25519 key of the log in a file: PEM, PKCS 8, for its owner alone."""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from typing_extensions import override

from application.proofs.errors import SigningKeyRefused
from application.proofs.ports import Signer
from application.proofs.verifying import ED25519, VerifierKey

_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
_BYTES_MAX: Final = 16_384


class FileSigner(Signer):
    """The `Signer` port, with a key that this process can read."""

    def __init__(self, key: Ed25519PrivateKey, *, name: str) -> None:
        self._key, self._name = key, name

    @override
    def verifier_key(self) -> VerifierKey:
        public = self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return VerifierKey(self._name, ED25519, public)

    @override
    def sign(self, text: bytes) -> bytes:
        return self._key.sign(text)


def open_key_file(path: Path, *, name: str) -> FileSigner:
    """The signer of a key file. Refuses with SigningKeyRefused; never shows what is in it."""
    try:
        with path.open("rb") as file:
            if stat.S_IMODE(os.fstat(file.fileno()).st_mode) & _OTHERS:
                raise _refused(path, "others may read it; make it mode 0600")
            key = load_pem_private_key(file.read(_BYTES_MAX), password=None)
    except OSError as fault:
        raise _refused(path, fault.strerror or "it cannot be read") from fault
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise _refused(path, "it holds no PEM private key without a password") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise _refused(path, "its key is not an Ed25519 key")
    return FileSigner(key, name=name)


def new_key_file(path: Path) -> None:
    """Make a key. Refuses with SigningKeyRefused where a file is: a key is never overwritten."""
    try:
        if not _put(path, _new_key()):
            raise _refused(path, "it is there already")
    except OSError as fault:
        raise _refused(path, fault.strerror or "it cannot be written") from fault


def kept_key_file(path: Path, *, name: str) -> FileSigner:
    """The signer of a key that is made once, by whoever needs it first."""
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _put(path, _new_key())
    return open_key_file(path, name=name)


def _new_key() -> bytes:
    key = Ed25519PrivateKey.generate()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _put(path: Path, content: bytes) -> bool:
    """Written under another name first, so that none is read half; false if one is there."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        draft.touch(mode=0o600, exist_ok=False)
        draft.write_bytes(content)
        os.link(draft, path)
    except FileExistsError:
        return False
    finally:
        draft.unlink(missing_ok=True)
    return True


def _refused(path: Path, reason: str) -> SigningKeyRefused:
    return SigningKeyRefused(
        f"The key file {path} cannot be used: {reason}. `dynasty log key new FILE` makes one.",
        path=str(path),
    )
