"""`dynasty news`: scheduled, listed, imported and withdrawn, on a real log."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from domain.documents import Unreadable
from domain.news.errors import ReleaseKnownDifferently, ReleaseUnknown
from interfaces.cli.news import app
from tests.support.postgres import Database

NFP = (
    "nfp",
    "--title",
    "Nonfarm payrolls",
    "--at",
    "2026-03-06T07:30:00-06:00",
    "--impact",
    "high",
)

CPI = {"id": "1", "title": "CPI", "at": "2026-03-01T00:00:00Z", "impact": "high"}


@pytest.fixture
def environment(database: Database) -> dict[str, str]:
    """The environment of an empty ledger."""
    return {"DATABASE_URL": database.url, "REDIS_URL": "redis://127.0.0.1:1"}


def news(environment: dict[str, str], *arguments: str) -> Result:
    return CliRunner().invoke(app, arguments, env=environment)


def listed(environment: dict[str, str]) -> list[dict[str, Any]]:
    lines = news(environment, "list", "--month", "2026-03", "--json").stdout.splitlines()
    return [json.loads(line) for line in lines]


def test_what_is_scheduled_is_listed(environment: dict[str, str]) -> None:
    assert "Scheduled 1;" in news(environment, "schedule", *NFP, "--root", "ES").stdout
    assert "Scheduled 0; 1 were" in news(environment, "schedule", *NFP, "--root", "ES").stdout
    assert listed(environment) == [
        {
            "id": "nfp", "title": "Nonfarm payrolls", "at": "2026-03-06T13:30:00Z",
            "impact": "high", "symbols": ["ES"], "withdrawn": None,
        }
    ]  # fmt: skip
    table = news(environment, "list", "--month", "2026-03").stdout
    assert "2026-03-06 07:30" in table
    assert max(map(len, table.splitlines())) <= 100


def test_what_is_withdrawn_says_so(environment: dict[str, str]) -> None:
    news(environment, "schedule", *NFP)
    gone = ("withdraw", "nfp", "--month", "2026-03", "--reason", "Government closed")
    assert "is withdrawn." in news(environment, *gone).stdout
    assert "was withdrawn before." in news(environment, *gone).stdout
    assert listed(environment)[0]["withdrawn"] == "Government closed"
    assert "Government closed" in news(environment, "list", "--month", "2026-03").stdout


def test_a_file_is_scheduled_whole(environment: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "news.json"
    releases = [
        {"id": f"r-{day}", "title": "CPI", "at": f"2026-03-1{day}T12:30:00Z", "impact": "high"}
        for day in range(3)
    ]
    file.write_text(json.dumps({"releases": releases}))
    assert "Scheduled 3; 0 were" in news(environment, "import", str(file)).stdout
    assert [each["id"] for each in listed(environment)] == ["r-0", "r-1", "r-2"]


@pytest.mark.parametrize(
    ("release", "pointer"),
    [
        ({**CPI, "at": "2026-03-01"}, "/releases/0/at"),
        ({**CPI, "impact": "h"}, "/releases/0/impact"),
        ({**CPI, "at": "2099-03-01T00:00:00Z"}, "/releases/0/at"),
        ({**CPI, "at": None}, "/releases/0/at"),
    ],
    ids=["no time", "no impact", "no calendar", "no moment"],
)
def test_a_file_with_a_fault_schedules_nothing(
    environment: dict[str, str], tmp_path: Path, release: dict[str, Any], pointer: str
) -> None:
    file = tmp_path / "news.json"
    file.write_text(json.dumps({"releases": [release]}))
    fault = news(environment, "import", str(file)).exception
    assert isinstance(fault, Unreadable)
    assert fault.facts["pointer"] == pointer
    assert listed(environment) == []


def test_a_changed_release_is_refused(environment: dict[str, str]) -> None:
    news(environment, "schedule", *NFP)
    changed = news(environment, "schedule", *NFP, "--root", "CL")
    assert isinstance(changed.exception, ReleaseKnownDifferently)


def test_what_was_never_scheduled_is_not_withdrawn(environment: dict[str, str]) -> None:
    gone = news(environment, "withdraw", "nfp", "--month", "2026-03", "--reason", "x")
    assert isinstance(gone.exception, ReleaseUnknown)


@pytest.mark.parametrize("month", ["March", "2026-13", "2026-3"])
def test_a_month_is_written_in_one_way(environment: dict[str, str], month: str) -> None:
    assert news(environment, "list", "--month", month).exit_code == 2
