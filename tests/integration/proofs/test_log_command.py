"""`dynasty log` as it is typed."""

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import boto3
import pytest
from psycopg import connect
from typer.testing import CliRunner, Result

import application.proofs.tree
import application.proofs.verifying
from application.errors import StreamNotFound
from application.proofs.checkpointing import CheckpointCourier
from application.proofs.errors import (
    CheckpointMissing,
    CheckpointStoreMissing,
    CheckpointUnreadable,
    SigningKeyMissing,
    SigningKeyRefused,
)
from application.proofs.verifying import read_checkpoint, read_proof
from infrastructure.proofs.aws import client_of
from infrastructure.proofs.bucket import LockedBucket
from infrastructure.proofs.key_file import new_key_file
from interfaces.cli.log import app
from projections.daemon import catch_up
from projections.schema import create_read_models
from tests.integration.proofs.office import Office, office_on, pool_as
from tests.support.postgres import Database

ACCOUNT = UUID(int=11)


@pytest.fixture(scope="module")
def shared(module_database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Five events, which nothing was made of yet."""
    directory = tmp_path_factory.mktemp("key")
    new_key_file(directory / "log_key.pem")
    with office_on(module_database, directory) as office:
        office.fill(5, ACCOUNT)
        yield office


def environment(office: Office) -> dict[str, str]:
    return {
        "DATABASE_URL": office.database.url,
        "REDIS_URL": "redis://127.0.0.1:1",
        "DYNASTY_LOG_KEY_FILE": str(office.key),
        "DYNASTY_LOG_ORIGIN": "ledger.example/log",
    }


def run(office: Office, *arguments: object, **more: str) -> Result:
    return CliRunner().invoke(
        app, [str(each) for each in arguments], env={**environment(office), **more}
    )


def test_a_checkpoint_is_signed_when_asked_and_printed_after(office: Office) -> None:
    new_key_file(office.key)
    assert isinstance(run(office, "checkpoint").exception, CheckpointMissing)
    office.fill(3)
    made = run(office, "checkpoint", "--sign")
    assert read_checkpoint(made.stdout).size == 3
    assert run(office, "checkpoint").stdout == made.stdout
    document = json.loads(run(office, "checkpoint", "--json").stdout)
    assert document["checkpoint"] == made.stdout
    assert (document["tree_size"], document["copy"]) == (3, None)


def test_without_a_key_nothing_is_signed(shared: Office) -> None:
    told = run(shared, "checkpoint", "--sign", DYNASTY_LOG_KEY_FILE="")
    assert isinstance(told.exception, SigningKeyMissing)
    told = run(shared, "checkpoint", "--sign", DYNASTY_LOG_KEY_FILE="/nowhere/key")
    assert isinstance(told.exception, SigningKeyRefused)


class TestProve:
    def test_writes_what_the_verifier_of_an_export_proves(
        self, shared: Office, tmp_path: Path
    ) -> None:
        run(shared, "checkpoint", "--sign")
        file = tmp_path / "4.tlog-proof"
        assert run(shared, "prove", 4, "--out", file).exit_code == 0
        proof = read_proof(file.read_text())
        assert json.loads(proof.entry)["ledger_seq"] == 4
        assert run(shared, "prove", 4).stdout == file.read_text()
        key = run(shared, "key", "show").stdout.strip()
        assert json.loads(run(shared, "key", "show", "--json").stdout) == {"verifier_key": key}
        proved = alone(tmp_path, str(file), "--key", key)
        assert (proved.returncode, proved.stderr) == (0, "")
        assert "proved: ledger_seq 4 of ledger.example/log, checkpoint of 5 events, signed" in (
            proved.stdout
        )
        unsigned = alone(tmp_path, str(file))
        assert "NOT CHECKED" in unsigned.stdout
        file.write_text(file.read_text().replace("index 3", "index 2"))
        assert alone(tmp_path, str(file), "--key", key).returncode == 1
        file.write_text("mine")
        assert alone(tmp_path, str(file)).returncode == 2
        assert alone(tmp_path, str(tmp_path / "nowhere")).returncode == 2

    def test_answers_as_json(self, shared: Office) -> None:
        run(shared, "checkpoint", "--sign")
        document = json.loads(run(shared, "prove", 1, "--json").stdout)
        assert document["event"]["stream_id"] == str(ACCOUNT)
        assert (document["leaf_index"], document["tree_size"]) == (0, 5)

    def test_refuses_an_event_that_is_not_there(self, shared: Office) -> None:
        assert isinstance(run(shared, "prove", 6).exception, StreamNotFound)


def alone(directory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The verifier as it lies in an export, in an interpreter that knows nothing of the ledger."""
    for name, module in (
        ("verify_tree.py", application.proofs.tree),
        ("verify_proofs.py", application.proofs.verifying),
    ):
        (directory / name).write_bytes(Path(str(module.__file__)).read_bytes())
    hidden = "import sys; sys.modules['application'] = None"
    script = f"{hidden}; import runpy; sys.argv[0] = sys.argv[1]; del sys.argv[1]"
    return subprocess.run(
        [
            sys.executable, "-c", f"{script}; runpy.run_path(sys.argv[0], run_name='__main__')",
            "verify_proofs.py", *arguments,
        ],
        cwd=directory, capture_output=True, text=True, check=False,
    )  # fmt: skip


class TestVerify:
    def test_exits_with_0_when_all_agrees(self, shared: Office) -> None:
        note = run(shared, "checkpoint", "--sign").stdout
        told = run(shared, "verify", "--against", note)
        assert told.exit_code == 0
        assert "sound: 5 events, 1 checkpoint, 1 from elsewhere, tree of 5 events" in told.stdout

    def test_says_when_no_signature_was_checked(self, shared: Office) -> None:
        run(shared, "checkpoint", "--sign")
        told = run(shared, "verify", DYNASTY_LOG_KEY_FILE="")
        assert told.exit_code == 0
        assert "No signature was checked" in told.stderr
        key = run(shared, "key", "show").stdout.strip()
        told = run(shared, "verify", "--key", key, DYNASTY_LOG_KEY_FILE="")
        assert "No signature was checked" not in told.stderr

    def test_names_what_was_changed_and_exits_with_1(self, office: Office, tmp_path: Path) -> None:
        new_key_file(office.key)
        office.fill(5, ACCOUNT)
        note = run(office, "checkpoint", "--sign").stdout
        office.tamper("UPDATE ledger.events SET actor = 'admin:2' WHERE ledger_seq = 3")
        told = run(office, "verify", COLUMNS="80")
        assert told.exit_code == 1
        assert all(len(line) <= 80 for line in told.stdout.splitlines())
        assert "NOT SOUND, 1 finding:" in told.stdout
        document = json.loads(run(office, "verify", "--json").stdout)
        (finding,) = document["findings"]
        assert (document["sound"], finding["kind"], finding["ledger_seq"]) == (False, "altered", 3)
        assert finding["stream_id"] == str(ACCOUNT)
        kept = tmp_path / "checkpoint"
        kept.write_text(note.replace("\n5\n", "\n6\n"))
        document = json.loads(run(office, "verify", "--json", "--against", kept).stdout)
        assert "is wrong" in document["findings"][1]["sentence"]

    def test_shows_what_was_projected_of_an_event_that_is_gone(self, office: Office) -> None:
        new_key_file(office.key)
        office.fill(5, ACCOUNT)
        run(office, "checkpoint", "--sign")
        with connect(office.database.conninfo) as owner:
            create_read_models(owner)
        projector = pool_as("dynasty_projector", office.database)
        catch_up(log=office.log, pool=projector)
        projector.close()
        office.tamper("DELETE FROM ledger.events WHERE ledger_seq = 4")
        document = json.loads(run(office, "verify", "--json").stdout)
        (finding,) = document["findings"]
        assert (finding["kind"], finding["stream_id"]) == ("removed", None)
        assert finding["projected"]["stream_id"] == str(ACCOUNT)
        assert finding["projected"]["stream_version"] == 4
        assert "projected as: account.equity_marked, version" in run(office, "verify").stdout

    @pytest.mark.usefixtures("aws")
    def test_holds_the_log_against_every_copy(self, office: Office) -> None:
        bucket = f"checkpoints-{uuid4()}"
        client = boto3.client("s3")
        client.create_bucket(Bucket=bucket, ObjectLockEnabledForBucket=True)
        new_key_file(office.key)
        for _ in range(2):
            office.fill(5)
            run(office, "checkpoint", "--sign")
        vault = LockedBucket(
            client_of("s3"),
            bucket=bucket,
            prefix="checkpoints/",
            retention=timedelta(days=1),
            now=lambda: datetime.now(UTC),
        )
        assert CheckpointCourier(office.checkpoints, vault).step() == 2
        told = run(office, "verify", "--copies", DYNASTY_LOG_BUCKET=bucket)
        assert (told.exit_code, "2 from elsewhere" in told.stdout) == (0, True)
        client.put_object(Bucket=bucket, Key="checkpoints/junk", Body=b"mine")
        told = run(office, "verify", "--copies", DYNASTY_LOG_BUCKET=bucket)
        assert told.exit_code == 1
        assert "a copy in the bucket is no checkpoint" in told.stdout

    @pytest.mark.parametrize(
        ("options", "refusal"),
        [
            (["--against", "/nowhere/at/all"], CheckpointUnreadable),
            (["--against", "mine\n"], CheckpointUnreadable),
            (["--key", "mine"], CheckpointUnreadable),
            (["--copies"], CheckpointStoreMissing),
        ],
    )
    def test_refuses_what_it_cannot_use(
        self, shared: Office, options: list[str], refusal: type[Exception]
    ) -> None:
        run(shared, "checkpoint", "--sign")
        assert isinstance(run(shared, "verify", *options).exception, refusal)


def test_a_key_is_made_and_shown(shared: Office, tmp_path: Path) -> None:
    made = run(shared, "key", "new", tmp_path / "key")
    shown = run(shared, "key", "show", DYNASTY_LOG_KEY_FILE=str(tmp_path / "key"))
    assert made.stdout == shown.stdout
    assert made.stdout.startswith("ledger.example/log+")
    assert isinstance(run(shared, "key", "new", tmp_path / "key").exception, SigningKeyRefused)
