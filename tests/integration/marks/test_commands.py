"""`dynasty rules-engine` and `dynasty marks` as somebody types them, against real servers."""

import json
from pathlib import Path
from typing import Any

import pytest

from application.marks.errors import MarksPiledUp
from infrastructure.marks.publisher import MarkPublisher
from tests.integration.marks.engines import LOSS, World
from tests.support.builders import moment
from tests.support.processes import dynasty
from tests.support.redis import redis_server


def typed(here: World, directory: Path, *words: str) -> Any:
    """A command against the servers of the test; what it prints as JSON, or its text."""
    done = dynasty(
        *words,
        directory=directory,
        DATABASE_URL=here.at_work.database.url,
        REDIS_URL=redis_server().url,
        DYNASTY_MARKS_PARTITIONS="4",
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout) if "--json" in words else done.stdout


def test_a_loss_that_was_published_ends_as_orders_to_the_platform(
    here: World, tmp_path: Path
) -> None:
    account = here.opened(**LOSS)
    here.at_work.catch_up()
    here.tell((account, "-2000.00", 1), (account, "-2100.00", 0))
    begins = moment(clock="11:00").isoformat()
    typed(here, tmp_path, "rules-engine", "run", "--once", "--now", begins)
    assert here.topics(account)[-1] == "failed"
    typed(here, tmp_path, "daemon", "--once")
    sent = typed(here, tmp_path, "rules-engine", "effects", "list", "--status", "sent", "--json")
    assert [each["action"] for each in sent] == ["flatten", "disable"]
    status = typed(here, tmp_path, "rules-engine", "status", "--json")
    assert [(each["reason"], each["count"]) for each in status["refusals"]] == [("ended", 1)]
    assert {each["pending"] for each in status["partitions"]} == {0}
    assert status["follower"]["behind"] == 0
    shown = typed(here, tmp_path, "rules-engine", "status")
    assert "ended" in shown
    assert "nobody" in shown


def test_marks_are_published_from_a_file(here: World, tmp_path: Path) -> None:
    account = here.opened(**LOSS)
    line = {"account": f"acc_{account}", "at": "2026-03-02T17:00:00Z", "open_pnl": "-1.25"}
    file = tmp_path / "marks.jsonl"
    file.write_text(f"{json.dumps(line)}\n\n{json.dumps(line)}\n")
    published = typed(here, tmp_path, "marks", "publish", str(file), "--json")
    assert published == {"marks": 2, "entries": 1}


@pytest.mark.parametrize("line", ["{}", "[", '{"account": "x", "at": "1", "open_pnl": "1"}'])
def test_a_line_that_is_no_mark_is_named(here: World, tmp_path: Path, line: str) -> None:
    (tmp_path / "marks.jsonl").write_text(line)
    done = dynasty(
        "marks", "publish", "marks.jsonl", directory=tmp_path,
        DATABASE_URL=here.at_work.database.url, REDIS_URL=redis_server().url,
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.startswith("mark-unreadable: Line 1: ")


def test_another_number_of_partitions_is_refused(here: World, tmp_path: Path) -> None:
    here.begin()
    done = dynasty(
        "rules-engine", "--once", directory=tmp_path,
        DATABASE_URL=here.at_work.database.url, REDIS_URL=redis_server().url,
        DYNASTY_MARKS_PARTITIONS="8",
    )  # fmt: skip
    assert (done.returncode, done.stderr.partition(":")[0]) == (2, "partitions-changed")


def test_marks_that_nobody_judges_are_not_taken_without_end(here: World) -> None:
    publisher = MarkPublisher(here.client, partitions=1, waiting_max=1)
    publisher.publish([(b"a" * 16, 1, 2)])
    with pytest.raises(MarksPiledUp):
        publisher.publish([(b"a" * 16, 1, 2)])
