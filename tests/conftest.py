"""What holds for all tests: markers from folders, sockets where they belong, databases."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.support.postgres import Cluster, Database, cluster

KINDS = ("unit", "property", "integration", "api", "e2e", "faults", "architecture")
WITHOUT_SOCKETS = ("unit", "property", "architecture")
TESTS = Path(__file__).parent

# A shell starts what runs in the background with SIGINT ignored, and children inherit that: the
# tests that interrupt a process would wait for ever.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# A deadline is a timed assertion, and a busy machine fails it.
settings.register_profile(
    "house", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("house")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark each test by the folder it is in, and forbid sockets where nothing may use them."""
    for item in items:
        if not item.path.is_relative_to(TESTS):
            continue
        kind = item.path.relative_to(TESTS).parts[0]
        if kind in KINDS:
            item.add_marker(kind)
        if kind in WITHOUT_SOCKETS:
            item.add_marker("disable_socket")


@pytest.fixture
def database() -> Iterator[Database]:
    """A migrated database of the test's own."""
    with cluster().lent(Cluster.migrated_database) as lent:
        yield lent


@pytest.fixture
def empty_database() -> Iterator[Database]:
    """A database of the test's own that was never migrated."""
    with cluster().lent(Cluster.empty_database) as lent:
        yield lent


@pytest.fixture(scope="module")
def module_database() -> Iterator[Database]:
    """A migrated database that the tests of one module share."""
    with cluster().lent(Cluster.migrated_database) as lent:
        yield lent
