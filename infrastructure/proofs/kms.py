"""A key of the log that never leaves AWS KMS."""

from __future__ import annotations

from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_public_key,
)
from typing_extensions import override

from application.proofs.errors import SigningKeyRefused, SigningUnavailable
from application.proofs.ports import Signer
from application.proofs.verifying import ECDSA, ED25519, VerifierKey
from infrastructure.proofs.aws import is_transient

ALGORITHMS: Final = {ED25519: "ED25519_SHA_512", ECDSA: "ECDSA_SHA_256"}


class KmsSigner(Signer):
    """The `Signer` port, with a signing key of ECC_NIST_P256 or ECC_NIST_EDWARDS25519.

    The text goes to KMS as it stands: a checkpoint is shorter than the 4,096 bytes that it takes.
    """

    def __init__(self, client: Any, *, key_id: str, name: str) -> None:
        self._client, self._key_id, self._name = client, key_id, name
        self._known: VerifierKey | None = None

    @override
    def verifier_key(self) -> VerifierKey:
        if self._known is None:
            answer = self._ask("get_public_key")
            self._known = self._key_of(answer)
        return self._known

    @override
    def sign(self, text: bytes) -> bytes:
        algorithm = ALGORITHMS[self.verifier_key().kind]
        answer = self._ask("sign", Message=text, MessageType="RAW", SigningAlgorithm=algorithm)
        return bytes(answer["Signature"])

    def _key_of(self, answer: Any) -> VerifierKey:
        encoded = bytes(answer["PublicKey"])
        usable = answer.get("KeyUsage") == "SIGN_VERIFY"
        key = load_der_public_key(encoded) if usable else None
        if isinstance(key, ed25519.Ed25519PublicKey):
            public = key.public_bytes(Encoding.Raw, PublicFormat.Raw)
            return VerifierKey(self._name, ED25519, public)
        if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1):
            return VerifierKey(self._name, ECDSA, encoded)
        raise self._refused("it is no key for signing of ECC_NIST_P256 or ECC_NIST_EDWARDS25519")

    def _ask(self, operation: str, **parameters: object) -> Any:
        try:
            return getattr(self._client, operation)(KeyId=self._key_id, **parameters)
        except (BotoCoreError, ClientError) as fault:
            if is_transient(fault):
                raise SigningUnavailable(
                    "KMS does not answer. Nothing was signed; it is tried again."
                ) from fault
            raise self._refused(str(fault)) from fault

    def _refused(self, reason: str) -> SigningKeyRefused:
        return SigningKeyRefused(
            f"The KMS key {self._key_id} cannot be used: {reason}.", key_id=self._key_id
        )
