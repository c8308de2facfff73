"""An office on a database of the test's own, and an AWS of the tests' own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from moto.server import ThreadedMotoServer

from tests.integration.proofs.office import Office, office_on
from tests.support.postgres import Database


@pytest.fixture
def office(database: Database, tmp_path: Path) -> Iterator[Office]:
    with office_on(database, tmp_path) as opened:
        yield opened


@pytest.fixture(scope="module")
def aws_url() -> Iterator[str]:
    """A server that answers as KMS and S3, on a free port."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def aws(aws_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The environment that leads there."""
    for name, value in (
        ("AWS_ENDPOINT_URL", aws_url),
        ("AWS_REGION", "us-east-1"),
        ("AWS_DEFAULT_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
    ):
        monkeypatch.setenv(name, value)
    return aws_url
