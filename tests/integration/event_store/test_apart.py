"""Without the combiner the ledger promises the same: its tests, once more."""

import pytest

from tests.integration.event_store.test_ledger import *  # noqa: F403


@pytest.fixture
def combines() -> bool:
    return False
