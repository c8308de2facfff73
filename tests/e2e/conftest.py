"""Directories to run commands in. A database is too large to be kept like other temporary files."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest


@pytest.fixture
def directory() -> Iterator[Path]:
    """An empty directory of the test's own."""
    with TemporaryDirectory(prefix="dynasty-") as made:
        yield Path(made)


@pytest.fixture(scope="module")
def shared_directory() -> Iterator[Path]:
    """An empty directory that the tests of one module share."""
    with TemporaryDirectory(prefix="dynasty-") as made:
        yield Path(made)
