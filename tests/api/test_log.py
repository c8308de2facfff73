"""Checkpoints and proofs over HTTP."""

from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from application.proofs.tree import check_consistency, check_inclusion
from application.proofs.verifying import check_signature, read_checkpoint
from infrastructure.proofs.key_file import new_key_file
from tests.api.world import World, world_on
from tests.support.postgres import Database


@contextmanager
def signing(database: Database, directory: Path) -> Iterator[World]:
    """An API whose log has a key."""
    new_key_file(directory / "log_key.pem")
    key = {"log_key_file": directory / "log_key.pem", "log_origin": "ledger.example/log"}
    with world_on(database, **key) as world:
        yield world


@pytest.fixture(scope="module")
def module_world(
    module_database: Database, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    with signing(module_database, tmp_path_factory.mktemp("key")) as world:
        yield world


def sign(world: World) -> int:
    """Seal and sign all; the size."""
    evidence = world.runtime.evidence
    evidence.sealer.seal_all()
    evidence.checkpoint_signer.sign()
    return evidence.tree.head().size


def problem(world: World, path: str) -> tuple[int, str]:
    answer = world.get(path)
    return answer.status_code, answer.json()["code"]


def test_before_anything_is_signed_it_says_so(database: Database, tmp_path: Path) -> None:
    with signing(database, tmp_path) as world:
        assert problem(world, "/v1/log/checkpoint") == (404, "checkpoint-missing")
        assert problem(world, "/v1/log/proof/1000000") == (404, "not-found")
        world.opened()
        assert problem(world, "/v1/log/proof/1") == (404, "checkpoint-missing")


def test_a_checkpoint_is_answered_as_it_was_signed(world: World) -> None:
    world.opened()
    size = sign(world)
    answer = world.get("/v1/log/checkpoint", "trader")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    found = read_checkpoint(answer.text)
    assert found.size == size
    check_signature(found, [world.runtime.evidence.signer.verifier_key()])


def test_an_event_is_proved_by_what_is_answered(world: World) -> None:
    world.opened()
    size = sign(world)
    answer = world.get(f"/v1/log/proof/{size}").json()
    top = read_checkpoint(answer["checkpoint"])
    path = [b64decode(each) for each in answer["path"]]
    check_inclusion(b64decode(answer["leaf_hash"]), answer["leaf_index"], size, path, top.root)
    assert (answer["tree_size"], answer["root_hash"]) == (size, answer["checkpoint"].split("\n")[2])


def test_an_event_after_the_checkpoint_is_not_proved_yet(world: World) -> None:
    world.opened()
    size = sign(world)
    world.opened()
    answer = world.get(f"/v1/log/proof/{size + 1}")
    assert (answer.status_code, answer.json()["code"]) == (409, "event-not-covered")
    assert answer.json()["retryable"]


def test_one_tree_continues_another(world: World) -> None:
    world.opened()
    first = sign(world)
    before = read_checkpoint(world.get("/v1/log/checkpoint").text)
    world.opened()
    second = sign(world)
    answer = world.get(f"/v1/log/consistency?from={first}&to={second}", "trader").json()
    after = read_checkpoint(world.get("/v1/log/checkpoint").text)
    path = [b64decode(each) for each in answer["path"]]
    check_consistency(first, second, path, before.root, after.root)
    assert b64decode(answer["first_root"]) == before.root
    assert b64decode(answer["second_root"]) == after.root


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("from=2&to=1", "tree-size-refused"),
        ("from=1&to=1000000", "tree-size-refused"),
        ("from=1", "invalid-request"),
        ("from=-1&to=1", "invalid-request"),
        ("from=1&to=99999999999999999999", "invalid-request"),
    ],
)
def test_sizes_that_never_were_are_refused(world: World, query: str, code: str) -> None:
    assert problem(world, f"/v1/log/consistency?{query}") == (422, code)


@pytest.mark.parametrize("seq", ["0", "-1", "one", "99999999999999999999"])
def test_what_is_no_position_is_refused(world: World, seq: str) -> None:
    assert problem(world, f"/v1/log/proof/{seq}") == (422, "invalid-request")
