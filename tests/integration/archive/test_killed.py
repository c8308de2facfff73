"""`dynasty log archive` killed at moments of chance, and what the next run makes of it."""

import json
import os
import subprocess
from collections import Counter
from pathlib import Path
from random import Random, SystemRandom
from signal import SIGKILL
from time import sleep

from tests.integration.archive.archiving import Archiving, fill
from tests.integration.archive.test_command import aged
from tests.support.processes import DYNASTY

SEED = "KILL_SEED"
KILLS = 6
PARTITIONS = 8
FILES_MAX = 12
"""Some more than a partition has."""

LATER_SECONDS_MAX = 0.03
PATIENCE_SECONDS = 60
ENDS = 100 * PARTITIONS


def test_a_killed_archive_is_done_by_the_next_run(archiving: Archiving, tmp_path: Path) -> None:
    seed = int(os.environ.get(SEED) or SystemRandom().randrange(2**32))
    print(f"{SEED}={seed}")  # noqa: T201 (shown with a failure)
    random = Random(seed)  # noqa: S311 (not a secret)
    fill(archiving.ledger, ENDS + 20)
    aged(archiving)
    archiving.office.seal_and_sign()
    before = archiving.everything()
    for _ in range(KILLS):
        more, later = random.randint(1, FILES_MAX), random.uniform(0, LATER_SECONDS_MAX)
        assert run(archiving, tmp_path, more=more, later=later) in {0, -SIGKILL}
        assert archiving.everything()[: len(before)] == before
    assert run(archiving, tmp_path) == 0
    rows = archiving.partitions.archived()
    assert [(each.first_seq, each.last_seq) for each in rows] == [
        (first + 1, first + 100) for first in range(0, ENDS, 100)
    ]
    after = archiving.everything()
    assert after[: len(before)] == before
    made = [json.loads(each.payload) for each in after[len(before) :]]
    told = Counter(each["first_ledger_seq"] for each in made)
    assert told == dict.fromkeys(range(1, ENDS, 100), 1)


def run(
    archiving: Archiving, directory: Path, *, more: int | None = None, later: float = 0.0
) -> int:
    """What it ended with; killed when the store has so many more files, and a moment has passed."""
    store = directory / "archive"
    process = subprocess.Popen(
        [DYNASTY, "log", "archive", "--before", str(ENDS + 1)],
        env={
            "PATH": os.environ["PATH"],
            "DATABASE_URL": archiving.database.url,
            "REDIS_URL": "redis://127.0.0.1:1",
            "DYNASTY_LOG_KEY_FILE": str(archiving.office.key),
            "DYNASTY_LOG_ORIGIN": "ledger.example/log",
            "DYNASTY_ARCHIVE_DIR": str(store),
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        if more is not None:
            enough = files(store) + more
            while process.poll() is None and files(store) < enough:
                sleep(0.002)
            sleep(later)
            process.kill()
        return process.wait(PATIENCE_SECONDS)
    finally:
        process.kill()


def files(store: Path) -> int:
    return sum(each.is_file() for each in store.rglob("*"))
