"""One API for the tests of a module: each test opens accounts of its own."""

from collections.abc import Iterator

import pytest

from tests.api.world import World, world_on
from tests.support.postgres import Database


@pytest.fixture(scope="module")
def module_world(module_database: Database) -> Iterator[World]:
    with world_on(module_database) as world:
        yield world


@pytest.fixture
def world(module_world: World) -> Iterator[World]:
    """The module's API, with its clock where it belongs."""
    now = module_world.now
    yield module_world
    module_world.now = now
