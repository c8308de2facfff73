"""What the daemon does of tamper evidence follows from the key and the bucket that there are."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from application.proofs.checkpointing import Cadence
from application.proofs.continuous import ContinuousOptions
from application.proofs.errors import CheckpointStoreMissing, SigningKeyMissing
from application.proofs.options import EvidenceOptions
from infrastructure.proofs.key_file import new_key_file
from infrastructure.proofs.kms import KmsSigner
from infrastructure.proofs.office import EvidenceOffice
from tests.integration.proofs.office import Office

CONTINUOUS = ContinuousOptions(on=True, rest=timedelta(hours=1), percent=100)


def office_of(office: Office, **options: Any) -> EvidenceOffice:
    plain: dict[str, Any] = {
        "origin": "ledger.example/log", "kms_key": None, "key_file": None, "own_key_file": None,
        "bucket": None, "prefix": "", "retention": timedelta(days=1),
        "cadence": Cadence(events=1, every=timedelta(seconds=1)), "continuous": CONTINUOUS,
    }  # fmt: skip
    return EvidenceOffice(
        EvidenceOptions(**{**plain, **options}),
        log=lambda: office.log,
        reading=lambda: office.pool,
        keeping=lambda: office.pool,
    )


def test_without_a_key_events_are_sealed_and_nothing_is_signed(office: Office) -> None:
    made = office_of(office)
    assert [each.name for each in made.duties()] == ["sealer", "verifier"]
    with pytest.raises(SigningKeyMissing):
        made.checkpoint_signer.step()
    with pytest.raises(CheckpointStoreMissing):
        made.checkpoint_courier.step()


def test_with_a_key_and_a_bucket_there_are_four_duties(office: Office, tmp_path: Path) -> None:
    new_key_file(tmp_path / "key")
    made = office_of(office, key_file=tmp_path / "key", bucket="b")
    office.fill(5)
    sealer, signer, _, verifier = duties = list(made.duties())
    assert [each.name for each in duties] == [
        "sealer", "checkpoint-signer", "checkpoint-courier", "verifier",
    ]  # fmt: skip
    assert (sealer.step(), signer.step(), sealer.step(), signer.step()) == (5, 1, 0, 0)
    assert [verifier.step() for _ in range(3)] == [1, 5, 0]
    assert made.prover.checkpoint().size == 5


def test_nobody_verifies_where_that_is_switched_off(office: Office) -> None:
    made = office_of(office, continuous=replace(CONTINUOUS, on=False))
    assert [each.name for each in made.duties()] == ["sealer"]


def test_its_own_key_is_made_once(office: Office, tmp_path: Path) -> None:
    path = tmp_path / "made" / "log_key.pem"
    first, again = (office_of(office, own_key_file=path).signer for _ in range(2))
    assert first.verifier_key() == again.verifier_key()


def test_a_key_of_kms_comes_before_one_of_its_own(office: Office, aws: str) -> None:
    assert isinstance(office_of(office, kms_key="k").signer, KmsSigner)
