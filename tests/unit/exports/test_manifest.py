"""What an export says of itself, and what it refuses."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from application.exports.errors import LogNotContiguous, SelectionRefused
from application.exports.verifying import verify
from application.log import LogSelection
from tests.unit.exports.memory import NOON, MemoryLog, exported, recorded, relabelled


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


def test_counts_everything_and_cuts_files(tmp_path: Path) -> None:
    manifest = exported(MemoryLog.of(25), tmp_path / "x", events_per_file=10).manifest
    files = manifest["event_files"]
    assert [each["lines"] for each in files] == [10, 10, 5]
    assert [each["first_ledger_seq"] for each in files] == [1, 11, 21]
    assert (manifest["events"], manifest["first_ledger_seq"], manifest["log_head"]) == (25, 1, 25)
    assert manifest["bytes"] == sum(
        (tmp_path / "x" / each["name"]).stat().st_size for each in files
    )
    assert manifest["contiguous"]


def test_is_canonical_and_its_hash_lies_beside_it(tmp_path: Path) -> None:
    made = exported(MemoryLog.of(3), tmp_path / "x")
    text = (tmp_path / "x" / "manifest.json").read_text()
    canonical = json.dumps(
        json.loads(text), sort_keys=True, separators=(",", ":"), ensure_ascii=False
    )
    assert text == f"{canonical}\n"
    seal = (tmp_path / "x" / "manifest.sha256").read_text()
    assert seal == f"{made.manifest_sha256}  manifest.json\n"


def test_the_same_log_gives_the_same_bytes(tmp_path: Path) -> None:
    one = exported(MemoryLog.of(9), tmp_path / "1")
    two = exported(MemoryLog.of(9), tmp_path / "2")
    assert one.manifest_sha256 == two.manifest_sha256


@pytest.mark.parametrize(
    ("selection", "positions", "contiguous"),
    [
        (LogSelection(), range(1, 31), True),
        (LogSelection(actor="system"), range(5, 31, 5), False),
        (LogSelection(event_types=["account.opened"]), range(3, 31, 3), False),
        (LogSelection(stream_id=recorded(1).stream_id), range(1, 31, 3), False),
        (LogSelection(recorded_from=NOON + timedelta(seconds=20)), range(20, 31), True),
        (LogSelection(recorded_before=NOON + timedelta(seconds=20)), range(1, 20), True),
    ],
)
def test_holds_what_the_selection_asks_for(
    tmp_path: Path, selection: LogSelection, positions: range, *, contiguous: bool
) -> None:
    manifest = exported(MemoryLog.of(30), tmp_path / "x", selection).manifest
    lines = (tmp_path / "x" / "events-00000001.jsonl").read_text().splitlines()
    assert [json.loads(line)["ledger_seq"] for line in lines] == [*positions]
    assert manifest["contiguous"] is contiguous
    assert verify(tmp_path / "x").faults == ()


def test_nothing_found_is_evidence_too(tmp_path: Path) -> None:
    asked = LogSelection(actor="nobody", recorded_from=NOON, recorded_before=NOON + minutes(1))
    manifest = exported(MemoryLog.of(30), tmp_path / "x", asked).manifest
    assert (manifest["events"], manifest["event_files"]) == (0, [])
    assert manifest["statement"] == "No event of the log up to ledger_seq 30 matched the selection."
    assert manifest["selection"]["actor"] == "nobody"
    assert verify(tmp_path / "x").faults == ()


def test_names_every_version_of_a_type_and_its_newest_schema(tmp_path: Path) -> None:
    known, new = recorded(1), relabelled(recorded(2), "account.from_the_future", 3)
    manifest = exported(MemoryLog([known, new]), tmp_path / "x").manifest
    assert manifest["event_types"] == {
        "account.trade_recorded": {"1": 1},
        "account.from_the_future": {"3": 1},
    }
    names = [each["name"] for each in manifest["schemas"]]
    assert names == ["schemas/account.trade_recorded.v1.json"]


@pytest.mark.parametrize("taken", [1, 13, 30])
def test_refuses_a_log_that_an_event_was_taken_out_of(tmp_path: Path, taken: int) -> None:
    with pytest.raises(LogNotContiguous) as refusal:
        exported(MemoryLog.of(30).without(taken), tmp_path / "x")
    assert refusal.value.facts == {"ledger_seq": taken}
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "selection",
    [
        LogSelection(event_types=["account.opend"]),
        LogSelection(recorded_from=NOON, recorded_before=NOON),
        LogSelection(recorded_from=NOON + minutes(1), recorded_before=NOON),
    ],
)
def test_refuses_a_selection_that_is_empty_by_mistake(
    tmp_path: Path, selection: LogSelection
) -> None:
    with pytest.raises(SelectionRefused):
        exported(MemoryLog.of(3), tmp_path / "x", selection)
    assert list(tmp_path.iterdir()) == []
