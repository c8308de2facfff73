"""`dynasty demo` with nothing set: the figures that arithmetic knows, and nothing left behind."""

import os
import re
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryFile

import pytest

from tests.integration.embedded.processes import Identity, descendants, wait_until_gone
from tests.support.processes import DYNASTY, runtime_directories

TRADING_DAYS = 11
ROW = re.compile(r"\s{2}(2025-10-\d\d)\s+(.+)")


@dataclass(frozen=True, slots=True)
class Demo:
    """A demo that has ended: what it said, and what was seen of it while it ran."""

    status: int
    said: str
    complained: str
    directory: Path
    processes: set[Identity]
    runtime: set[Path]
    left: set[Path]

    def section(self, title: str) -> str:
        """What stands between a title and the next blank line with text after it."""
        after = self.said.partition(f"\n{title}")[2]
        return re.split(r"\n\s*\n(?=\S)", after, maxsplit=1)[0]

    def rows(self, title: str) -> Sequence[tuple[str, Sequence[str]]]:
        """The rows of a table that begin with a trading day: the day, and the other cells."""
        found = map(ROW.fullmatch, self.section(title).splitlines())
        return [(row[1], re.split(r"\s{2,}", row[2].strip())) for row in found if row]

    def words(self) -> str:
        """All that was said, wherever its lines were broken."""
        return " ".join(self.said.split())


@pytest.fixture(scope="module")
def demo(shared_directory: Path) -> Demo:
    """The demo, run once with nothing but PATH in its environment."""
    before = exports()
    processes: set[Identity] = set()
    runtime: set[Path] = set()
    with TemporaryFile("w+") as out, TemporaryFile("w+") as err:
        with subprocess.Popen(
            [DYNASTY, "demo"],
            cwd=shared_directory,
            env={"PATH": os.environ["PATH"]},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
        ) as process:
            while process.poll() is None:
                processes |= (seen := descendants(process.pid))
                runtime |= runtime_directories(seen)
                time.sleep(0.02)
        out.seek(0)
        err.seek(0)
        said, complained = out.read(), err.read()
    return Demo(
        process.returncode,
        said,
        complained,
        shared_directory,
        processes,
        runtime,
        exports() - before,
    )


def exports() -> set[Path]:
    """Temporary directories with an export in them."""
    tmp = Path("/tmp")  # noqa: S108 (where the demo puts them when TMPDIR is not set)
    return {found for found in tmp.glob("df-*") if (found / "export").exists()}


class TestTheFigures:
    def test_come_with_a_good_end(self, demo: Demo) -> None:
        assert (demo.status, demo.complained) == (0, "")

    def test_are_those_of_the_file(self, demo: Demo) -> None:
        assert (
            "Imported 31 trades: gross -1371.00, fees 107.56, 11 trading days closed."
            in demo.words()
        )

    def test_give_each_balance_from_the_one_before(self, demo: Demo) -> None:
        rows = demo.rows("Trades")
        money = [tuple(map(Decimal, cells[-2:])) for _, cells in rows]
        balance = Decimal("25000.00")
        for net, shown in money:
            balance += net
            assert balance == shown
        assert (len(rows), len({cells[0] for _, cells in rows})) == (31, 31)
        assert (balance, sum(net for net, _ in money)) == (Decimal("23521.44"), Decimal("-1478.56"))

    def test_keep_the_floor_where_it_is_on_every_day(self, demo: Demo) -> None:
        rows = demo.rows("Trading days")
        assert [cells[-2] for _, cells in rows] == ["23500.00"] * TRADING_DAYS

    def test_come_closest_to_the_floor_on_14_october(self, demo: Demo) -> None:
        closest = {day: Decimal(cells[-1]) for day, cells in demo.rows("Trading days")}
        assert min(closest.items(), key=lambda each: each[1]) == ("2025-10-14", Decimal("15.20"))
        limits = demo.section("Limits and how far off each came")
        assert re.search(r"floor\s+23500.00\s+21.44 left\s+15.20\s+2025-10-14", limits)

    def test_end_with_an_account_that_lives(self, demo: Demo) -> None:
        assert "\nBalance 23521.44.\n" in demo.said
        assert "max_loss" not in demo.section("Verdicts, each with its reason")


class TestTheVerdicts:
    def test_flag_what_the_plan_does_not_allow(self, demo: Demo) -> None:
        verdicts = " ".join(demo.section("Verdicts, each with its reason").split())
        forbidden = re.findall(r"position_limit (\w+) was traded", verdicts)
        assert {root: forbidden.count(root) for root in forbidden} == {
            "6E": 8, "MCL": 1, "MGC": 4, "SIL": 8,
        }  # fmt: skip
        assert "2 contracts of CL were open at once, and the plan allows 1" in verdicts

    def test_fail_the_stricter_account_with_their_reason(self, demo: Demo) -> None:
        assert (
            "2025-10-10 max_loss The equity of $23,869.62 fell below the maximum loss floor of"
            " $24,000.00" in demo.words()
        )
        assert (
            "The account failed by max_loss at a balance of 23869.62, on trading day 2025-10-10,"
            " with trade 1455264980; 16 later trades were not booked." in demo.words()
        )


class TestTheEvidence:
    def test_lists_every_event_of_the_account(self, demo: Demo) -> None:
        trail = demo.section("Audit trail, from the event log")
        numbers = [int(each) for each in re.findall(r"^  (\d+) +2025-10-", trail, re.MULTILINE)]
        # Opened, 31 trades, 22 flags, 11 days, 5 warnings.
        assert numbers == list(range(1, 71))

    def test_warns_before_the_floor_once_a_crossing(self, demo: Demo) -> None:
        trail = " ".join(demo.section("Audit trail, from the event log").split())
        told = re.findall(r"(\d+) % of the limit of the rule max_loss is used: \$(\S+)", trail)
        # 1,500.00 over a floor of 23,500.00: 80 % from 23,800.00 down, 90 % from 23,650.00 down.
        assert told == [
            ("80", "23,708.40"), ("90", "23,515.20"), ("80", "23,687.08"), ("80", "23,690.42"),
            ("90", "23,521.44"),
        ]  # fmt: skip

    def test_is_exported_and_verified(self, demo: Demo) -> None:
        assert re.search(
            r"Exported 102 events, ledger_seq 1 to 102; manifest SHA-256 [0-9a-f]{64} Verified"
            " offline: no fault found",
            demo.words(),
        )


class TestTheEnd:
    def test_leaves_no_process(self, demo: Demo) -> None:
        assert wait_until_gone(demo.processes) == set()
        command_lines = b"".join(map(command_line_of, Path("/proc").glob("[0-9]*")))
        assert [each for each in demo.runtime if os.fsencode(each) in command_lines] == []

    def test_leaves_no_temporary_directory(self, demo: Demo) -> None:
        assert len(demo.runtime) == 1
        assert [each for each in demo.runtime | demo.left if each.exists()] == []

    def test_leaves_no_file_where_it_ran(self, demo: Demo) -> None:
        assert list(demo.directory.iterdir()) == []


def command_line_of(process: Path) -> bytes:
    try:
        return (process / "cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""
