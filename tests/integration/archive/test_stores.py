"""The archive in S3 and in a directory: what it keeps, what it refuses, and what is found in it."""

import gzip
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from typing_extensions import override

from application.archiving.errors import ArchiveDamaged, ArchiveStoreRefused, ArchiveUnavailable
from application.archiving.manifest import Manifest, folder_of, sha256_of
from application.archiving.verifying import NotAnArchive, verify_archive
from application.log import LogSelection
from infrastructure.archive.bucket import S3Store
from infrastructure.archive.directory import DirectoryStore
from infrastructure.event_store.ledger import open_ledger
from infrastructure.event_store.log import open_log
from infrastructure.proofs.aws import client_of
from tests.integration.archive.archiving import (
    NOW,
    Archiving,
    archiving_on,
    fill,
    reopened,
)
from tests.integration.event_store.tally import Tally
from tests.integration.proofs.conftest import aws, aws_url
from tests.integration.proofs.going_round import go_round
from tests.support.postgres import Database

__all__ = ["aws", "aws_url"]
BUCKET = "firm-archive"


@pytest.fixture
def s3(aws: str) -> Any:
    return client_of("s3")


def bucket(s3: Any, name: str, *, locked: bool, retention: int | None = None) -> S3Store:
    s3.create_bucket(Bucket=name, ObjectLockEnabledForBucket=locked)
    days = None if retention is None else timedelta(days=retention)
    return S3Store(s3, bucket=name, prefix="old/", retention=days, now=lambda: NOW)


@pytest.fixture
def in_bucket(s3: Any, database: Database, tmp_path: Path) -> Iterator[Archiving]:
    store = bucket(s3, f"{BUCKET}-{database.name.replace('_', '-')}", locked=True, retention=30)
    with archiving_on(database, tmp_path, store) as opened:
        yield opened


class TestS3:
    def test_archives_and_reads_back_the_very_same_events(self, in_bucket: Archiving) -> None:
        fill(in_bucket.ledger, 130)
        before = in_bucket.everything()
        (done,) = in_bucket.archive(101)
        assert done.place.startswith(f"s3://{BUCKET}-")
        assert done.place.endswith("/old/00000000000000000001-00000000000000000100/")
        assert in_bucket.everything() == before

    def test_a_locked_file_is_read_as_it_was_put_whatever_is_put_over_it(
        self, in_bucket: Archiving, s3: Any
    ) -> None:
        fill(in_bucket.ledger, 130)
        before = in_bucket.everything()
        (done,) = in_bucket.archive(101)
        folder = "old/" + folder_of(1, 100)
        name = done.place.split("/")[2]
        for file in done.manifest.files():
            assert file.version
            key = folder + file.name
            kept = s3.head_object(Bucket=name, Key=key, VersionId=file.version)
            assert kept["ObjectLockMode"] == "COMPLIANCE"
            assert kept["ObjectLockRetainUntilDate"] == NOW + timedelta(days=30)
            s3.put_object(Bucket=name, Key=key, Body=b"something else")
            s3.delete_object(Bucket=name, Key=key)
        assert in_bucket.everything() == before

    def test_without_versions_what_was_changed_is_named(self, s3: Any) -> None:
        store = bucket(s3, "plain", locked=False)
        assert store.put("a/b", b"one") is None
        assert store.put("a/b", b"two") is None
        assert store.get("a/b") == b"one"
        s3.delete_object(Bucket="plain", Key="old/a/b")
        with pytest.raises(ArchiveDamaged, match="lost a/b"):
            store.get("a/b")

    def test_a_copy_in_another_bucket_has_other_versions(self, s3: Any) -> None:
        first, second = bucket(s3, "first", locked=True), bucket(s3, "second", locked=True)
        version = first.put("a", b"one")
        second.put("a", b"one")
        assert second.get("a", version) == b"one"
        with pytest.raises(ArchiveDamaged):
            second.get("b", version)

    def test_a_bucket_that_is_not_there_is_refused(self, s3: Any) -> None:
        store = S3Store(s3, bucket="nowhere", prefix="", retention=None, now=lambda: NOW)
        with pytest.raises(ArchiveStoreRefused, match="nowhere"):
            store.put("a", b"one")
        with pytest.raises(ArchiveStoreRefused, match="nowhere"):
            store.get("a")

    def test_a_retention_without_object_lock_is_refused(self, s3: Any) -> None:
        store = bucket(s3, "unlocked", locked=False, retention=1)
        with pytest.raises(ArchiveStoreRefused, match="unlocked"):
            store.put("a", b"one")

    @pytest.mark.usefixtures("aws")
    def test_one_that_does_not_answer_is_unavailable(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
        store = S3Store(client_of("s3"), bucket="b", prefix="", retention=None, now=lambda: NOW)
        with pytest.raises(ArchiveUnavailable, match="does not answer"):
            store.put("a", b"one")
        with pytest.raises(ArchiveUnavailable, match="does not answer"):
            store.get("a")


class Away(DirectoryStore):
    """A store that does not answer."""

    @override
    def get(self, name: str, version: str | None = None) -> bytes:
        raise ArchiveUnavailable("The archive does not answer.")


class TestReading:
    def test_is_refused_and_never_empty_when_the_archive_is_away(
        self, archiving: Archiving, tmp_path: Path
    ) -> None:
        streams = fill(archiving.ledger, 150)
        archiving.archive(101)
        with archiving.fresh_log(Away(tmp_path)) as log:
            for selection in (
                LogSelection(),
                LogSelection(stream_id=streams[0]),
                LogSelection(actor="ann"),
                LogSelection(event_types=("tally.begun",)),
            ):
                with pytest.raises(ArchiveUnavailable):
                    log.select(selection, newest_first=False, limit=10)
            with pytest.raises(ArchiveUnavailable):
                log.read(after=0, limit=10)
            # What is in the database is answered all the same.
            assert len(log.read(after=100, limit=100)) == 50

    def test_is_refused_by_a_process_that_was_not_told_of_the_archive(
        self, archiving: Archiving
    ) -> None:
        streams = fill(archiving.ledger, 150)
        archiving.archive(101)
        log, ledger = (
            open_log(archiving.database.url),
            open_ledger(archiving.database.url, pool_size=1),
        )
        with pytest.raises(ArchiveUnavailable, match="DYNASTY_ARCHIVE_BUCKET"):
            log.read(after=0, limit=10)
        with pytest.raises(ArchiveUnavailable, match="DYNASTY_ARCHIVE_BUCKET"):
            ledger.load(Tally, streams[0])
        log.close()
        ledger.close()

    @pytest.mark.parametrize("kind", ["events", "traces", "streams"])
    @pytest.mark.parametrize("change", ["edited", "dropped"])
    def test_names_the_file_that_was_changed(
        self, archiving: Archiving, kind: str, change: str
    ) -> None:
        streams = fill(archiving.ledger, 150)
        (done,) = archiving.archive(101)
        place = Path(done.place.removeprefix("file://"))
        file = min(each for each in place.iterdir() if each.name.startswith(kind))
        content = file.read_bytes()
        file.unlink()
        if change == "edited":
            file.write_bytes(content[::-1])
        asked = [LogSelection(stream_id=each) for each in streams]
        if kind != "streams":
            asked = [LogSelection()]
        with archiving.fresh_log() as log, pytest.raises(ArchiveDamaged, match=file.name):
            _ = [list(log.stream(each)) for each in asked]

    def test_a_verification_of_the_log_names_it_too(self, archiving: Archiving) -> None:
        fill(archiving.ledger, 150)
        (done,) = archiving.archive(101)
        assert archiving.office.verify().finding_count == 0
        file = Path(done.place.removeprefix("file://")) / done.manifest.line_files[-1].file.name
        file.write_bytes(b"something else")
        with (
            reopened(archiving.database, archiving.office.key.parent) as again,
            pytest.raises(ArchiveDamaged, match=file.name),
        ):
            again.office.verify()

    def test_the_continuous_verifier_names_it_too(self, archiving: Archiving) -> None:
        fill(archiving.ledger, 150)
        (done,) = archiving.archive(101)
        file = Path(done.place.removeprefix("file://")) / done.manifest.line_files[-1].file.name
        sound = file.read_bytes()
        for content in (b"something else", sound):
            file.write_bytes(content)
            with archiving.fresh_log() as log:
                at = go_round(replace(archiving.office, log=log))
            assert (at["finding"] is None) == (content == sound)
            if content != sound:
                assert (at["finding_kind"], at["sound_size"]) == ("archive", 0)
                assert file.name in at["finding"]
        assert at["sound_size"] == archiving.office.tree.head().size


class TestVerifier:
    @pytest.fixture
    def place(self, archiving: Archiving) -> tuple[Path, Manifest, str]:
        fill(archiving.ledger, 250)
        archiving.office.seal_and_sign()
        _, done = archiving.archive(201)
        key = str(archiving.office.signer.verifier_key())
        return Path(done.place.removeprefix("file://")), done.manifest, key

    def run(self, place: Path, *arguments: str) -> tuple[int, str]:
        (verifier,) = place.glob("verifier-*/verify.py")
        done = subprocess.run(
            [sys.executable, "-S", "-I", verifier, *arguments], capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        return done.returncode, done.stdout + done.stderr

    def test_proves_every_line_where_no_ledger_is_installed(
        self, place: tuple[Path, Manifest, str]
    ) -> None:
        directory, manifest, key = place
        code, said = self.run(directory)
        assert (code, said.split(",")[0]) == (0, "sound")
        assert list(verify_archive(directory, keys=[key])) == []
        expected = sha256_of(manifest.text().encode())
        assert self.run(directory, "--expect", expected)[0] == 0
        assert self.run(directory, "--expect", "0" * 64)[0] == 2

    def test_names_what_was_changed(self, place: tuple[Path, Manifest, str]) -> None:
        directory, manifest, _ = place
        file = directory / manifest.line_files[1].file.name
        kept = file.read_bytes()
        file.write_bytes(directory.joinpath(manifest.line_files[0].file.name).read_bytes())
        code, said = self.run(directory)
        assert code == 1
        assert file.name in said
        file.unlink()
        assert f"{file.name}: the file is missing" in self.run(directory)[1]
        file.write_bytes(kept)
        assert self.run(directory)[0] == 0

    def test_is_not_deceived_by_another_manifest(self, place: tuple[Path, Manifest, str]) -> None:
        directory, manifest, _ = place
        first = manifest.line_files[0].file.name
        forged = directory / f"events-{'0' * 20}-{'0' * 16}.jsonl.gz"
        lines = gzip.decompress((directory / first).read_bytes()).replace(b'"ann"', b'"eve"')
        forged.write_bytes(gzip.compress(lines))
        text = manifest.text().replace(first, forged.name)
        text = text.replace(manifest.line_files[0].file.sha256, sha256_of(forged.read_bytes()))
        for each in directory.glob("manifest-*.json"):
            each.unlink()
        (directory / "manifest-forged.json").write_text(text)
        code, said = self.run(directory)
        assert code == 1
        assert "not proved" in said

    def test_tells_what_is_no_archive(self, tmp_path: Path) -> None:
        with pytest.raises(NotAnArchive):
            verify_archive(tmp_path)
