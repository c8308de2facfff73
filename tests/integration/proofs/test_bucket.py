"""Copies of checkpoints in a bucket with Object Lock; moto's server stands for AWS."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import boto3
import pytest
from botocore.exceptions import ClientError

from application.proofs.checkpointing import CheckpointCourier
from application.proofs.errors import (
    CheckpointContradicted,
    CheckpointStoreRefused,
    CheckpointStoreUnavailable,
)
from application.proofs.verifying import read_checkpoint
from infrastructure.proofs.aws import client_of
from infrastructure.proofs.bucket import LockedBucket
from tests.integration.proofs.office import NOW, Office


@pytest.fixture
def bucket(aws: str) -> str:
    name = f"checkpoints-{uuid4()}"
    boto3.client("s3").create_bucket(Bucket=name, ObjectLockEnabledForBucket=True)
    return name


def vault_in(bucket: str) -> LockedBucket:
    return LockedBucket(
        client_of("s3"),
        bucket=bucket,
        prefix="log/",
        retention=timedelta(days=365),
        now=lambda: NOW,
    )


def versions(bucket: str) -> list[dict[str, Any]]:
    found = boto3.client("s3").list_object_versions(Bucket=bucket)
    return list(found.get("Versions", ()))


def test_a_copy_is_kept_under_a_lock(bucket: str) -> None:
    place = vault_in(bucket).put(size=7, note="seven")
    key = "log/00000000000000000007"
    assert place == f"s3://{bucket}/{key}"
    head = boto3.client("s3").head_object(Bucket=bucket, Key=key)
    assert head["ObjectLockMode"] == "COMPLIANCE"
    assert head["ObjectLockRetainUntilDate"] == NOW + timedelta(days=365)
    with pytest.raises(ClientError, match="AccessDenied"):
        boto3.client("s3").delete_object(
            Bucket=bucket, Key=key, VersionId=versions(bucket)[0]["VersionId"]
        )


def test_a_second_delivery_does_nothing(bucket: str) -> None:
    places = {vault_in(bucket).put(size=7, note="seven") for _ in range(3)}
    assert len(places) == len(versions(bucket)) == 1


def test_another_checkpoint_for_the_same_size_is_refused(bucket: str) -> None:
    vault_in(bucket).put(size=7, note="seven")
    with pytest.raises(CheckpointContradicted, match="Two histories"):
        vault_in(bucket).put(size=7, note="other")
    assert list(vault_in(bucket).copies()) == ["seven"]


def test_copies_are_read_in_order_and_as_they_were_first(bucket: str) -> None:
    vault = vault_in(bucket)
    for size in (12, 3, 100):
        vault.put(size=size, note=str(size))
    client = boto3.client("s3")
    client.put_object(Bucket=bucket, Key="log/00000000000000000003", Body=b"forged")
    client.delete_object(Bucket=bucket, Key="log/00000000000000000012")
    assert list(vault.copies()) == ["3", "12", "100"]


def test_a_bucket_without_a_lock_is_refused(aws: str) -> None:
    name = f"open-{uuid4()}"
    boto3.client("s3").create_bucket(Bucket=name)
    with pytest.raises(CheckpointStoreRefused):
        vault_in(name).put(size=7, note="seven")


def test_a_bucket_that_is_not_there_is_refused(aws: str) -> None:
    with pytest.raises(CheckpointStoreRefused, match="NoSuchBucket"):
        vault_in("nowhere-at-all").put(size=7, note="seven")
    with pytest.raises(CheckpointStoreRefused):
        list(vault_in("nowhere-at-all").copies())


def test_s3_being_away_delays_and_loses_nothing(
    office: Office, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes = []
    for _ in range(3):
        office.fill(2)
        notes.append(office.seal_and_sign().note)
    with monkeypatch.context() as away:
        away.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
        with pytest.raises(CheckpointStoreUnavailable):
            CheckpointCourier(office.checkpoints, vault_in(bucket)).step()
    assert len(office.checkpoints.undelivered(limit=9)) == 3
    courier = CheckpointCourier(office.checkpoints, vault_in(bucket))
    assert (courier.step(), courier.step()) == (3, 0)
    assert list(vault_in(bucket).copies()) == notes
    kept = office.checkpoints.after(0, limit=9)
    assert [each.place for each in kept] == [f"s3://{bucket}/log/{each.size:020d}" for each in kept]


def test_a_courier_killed_before_it_noted_the_place_delivers_again(
    office: Office, bucket: str
) -> None:
    office.fill(2)
    note = office.seal_and_sign().note
    vault_in(bucket).put(size=2, note=note)
    assert CheckpointCourier(office.checkpoints, vault_in(bucket)).step() == 1
    assert office.checkpoints.undelivered(limit=9) == []
    assert len(versions(bucket)) == 1


def test_all_rewritten_is_found_by_the_copies(office: Office, bucket: str) -> None:
    office.fill(5)
    office.seal_and_sign()
    CheckpointCourier(office.checkpoints, vault_in(bucket)).step()
    office.tamper(
        "UPDATE ledger.events SET actor = 'admin:2' WHERE ledger_seq = 2",
        "DELETE FROM ledger.checkpoints",
        "DELETE FROM ledger.tiles",
        "UPDATE ledger.tree SET size = 0, root = sha256('')",
    )
    forger = Office(office.database, office.pool, office.log, office.key)
    forger.seal_and_sign()
    assert office.verify().findings == ()
    (finding,) = office.verify(*map(read_checkpoint, vault_in(bucket).copies())).findings
    assert "events 1 to 5 are in doubt" in finding.sentence
