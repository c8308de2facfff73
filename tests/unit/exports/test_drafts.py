"""A directory that is whole or not there."""

import hashlib
from pathlib import Path

import pytest

from application.exports.drafts import drafted
from application.exports.errors import ExportExists, ExportNotWritten


def test_appears_whole_with_what_was_put_into_it(tmp_path: Path) -> None:
    with drafted(tmp_path / "new" / "export") as draft:
        listed = draft.put("schemas/a.json", b"{}")
        assert not (tmp_path / "new" / "export").exists()
    assert (tmp_path / "new" / "export" / "schemas" / "a.json").read_bytes() == b"{}"
    assert listed == {
        "name": "schemas/a.json",
        "bytes": 2,
        "sha256": hashlib.sha256(b"{}").hexdigest(),
    }


def test_takes_the_place_of_an_empty_directory(tmp_path: Path) -> None:
    with drafted(tmp_path) as draft:
        draft.put("a", b"a")
    assert [each.name for each in tmp_path.iterdir()] == ["a"]


def test_leaves_nothing_when_the_block_fails(tmp_path: Path) -> None:
    def fail() -> None:
        with drafted(tmp_path / "export") as draft:
            draft.put("a", b"a")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("taken", ["a file", "a full directory"])
def test_refuses_a_place_that_is_taken(tmp_path: Path, taken: str) -> None:
    place = tmp_path / "export"
    if taken == "a file":
        place.write_text("mine")
    else:
        place.mkdir()
        (place / "mine").write_text("mine")
    with pytest.raises(ExportExists), drafted(place):
        raise AssertionError("the block is not reached")
    assert [each.name for each in tmp_path.rglob("*") if each.is_file()] in (["export"], ["mine"])


def test_refuses_a_place_that_was_taken_meanwhile(tmp_path: Path) -> None:
    place = tmp_path / "export"
    with pytest.raises(ExportExists), drafted(place):
        place.write_text("mine")
    assert [each.name for each in tmp_path.iterdir()] == ["export"]


def test_refuses_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no directory")
    with pytest.raises(ExportNotWritten), drafted(tmp_path / "file" / "export"):
        raise AssertionError("the block is not reached")
