"""A key that KMS holds signs checkpoints; moto's server stands for AWS."""

from typing import Any

import boto3
import pytest
from botocore.stub import Stubber
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from application.proofs.checkpointing import signed_note
from application.proofs.errors import SigningKeyRefused, SigningUnavailable
from application.proofs.tree import NotProved
from application.proofs.verifying import (
    ECDSA,
    ED25519,
    check_signature,
    checkpoint_text,
    read_checkpoint,
    read_key,
)
from infrastructure.proofs.aws import client_of
from infrastructure.proofs.kms import KmsSigner

TEXT = checkpoint_text("ledger.example/log", 7, bytes(32))


def made_key(spec: str, usage: str = "SIGN_VERIFY") -> str:
    answer: dict[str, Any] = boto3.client("kms").create_key(KeySpec=spec, KeyUsage=usage)
    return str(answer["KeyMetadata"]["KeyId"])


def signer_of(key_id: str) -> KmsSigner:
    return KmsSigner(client_of("kms"), key_id=key_id, name="ledger.example/log")


def test_a_p256_key_signs_what_its_verifier_key_verifies(aws: str) -> None:
    signer = signer_of(made_key("ECC_NIST_P256"))
    key = read_key(str(signer.verifier_key()))
    note = signed_note(TEXT, key, signer.sign(TEXT.encode()))
    assert check_signature(read_checkpoint(note), [key]).kind == ECDSA
    other = signed_note(TEXT.replace("7", "8", 1), key, signer.sign(TEXT.encode()))
    with pytest.raises(NotProved, match="is wrong"):
        check_signature(read_checkpoint(other), [key])


def test_an_ed25519_key_signs_as_one_of_a_file_does() -> None:
    """As the documents of KMS say of ECC_NIST_EDWARDS25519."""
    held = Ed25519PrivateKey.generate()
    public = held.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    client = boto3.client(
        "kms", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x"
    )
    with Stubber(client) as stub:
        known = {"PublicKey": public, "KeyUsage": "SIGN_VERIFY"}
        stub.add_response("get_public_key", known, {"KeyId": "k"})
        asked = {
            "KeyId": "k",
            "Message": TEXT.encode(),
            "MessageType": "RAW",
            "SigningAlgorithm": "ED25519_SHA_512",
        }
        stub.add_response("sign", {"Signature": held.sign(TEXT.encode())}, asked)
        signer = KmsSigner(client, key_id="k", name="ledger.example/log")
        key = signer.verifier_key()
        note = signed_note(TEXT, key, signer.sign(TEXT.encode()))
    assert check_signature(read_checkpoint(note), [key]).kind == ED25519


@pytest.mark.parametrize(
    ("spec", "usage"),
    [
        ("ECC_NIST_P384", "SIGN_VERIFY"),
        ("ECC_SECG_P256K1", "SIGN_VERIFY"),
        ("RSA_2048", "SIGN_VERIFY"),
        ("RSA_2048", "ENCRYPT_DECRYPT"),
    ],
)
def test_a_key_of_another_kind_is_refused(aws: str, spec: str, usage: str) -> None:
    with pytest.raises(SigningKeyRefused, match="ECC_NIST_P256"):
        signer_of(made_key(spec, usage)).verifier_key()


def test_a_key_that_is_not_there_is_refused(aws: str) -> None:
    with pytest.raises(SigningKeyRefused, match="NotFoundException"):
        signer_of("00000000-0000-0000-0000-000000000000").verifier_key()


def test_nothing_is_signed_while_kms_is_away(aws: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(SigningUnavailable):
        signer_of("k").verifier_key()
