"""The page that rehearses trouble: what it shows is what is seen, typed beside a server."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.support.processes import PATIENCE_SECONDS, serving

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "rehearse-trouble.md"
FENCE = re.compile(
    r"^<!-- (?P<mark>[^>]+) -->\n```\w+\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)
PATH = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"

pytestmark = pytest.mark.timeout(900)
"""Some twenty commands one after the other, each with a limit of its own."""


def rehearsed(text: str) -> Iterator[tuple[str, Sequence[str]]]:
    """Each command of a block, and what the page shows of what it prints."""
    for command in text.removeprefix("$ ").split("\n$ "):
        typed, *shown = command.splitlines()
        yield typed, shown


def printed(typed: str, directory: Path) -> str:
    """As a terminal shows it, with the lines that a table breaks put together again."""
    done = subprocess.run(
        ["sh", "-c", typed],
        cwd=directory,
        env={"PATH": PATH, "LANG": "C.UTF-8", "COLUMNS": "200"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=PATIENCE_SECONDS,
    )
    return done.stdout


def test_what_the_page_shows_is_seen(directory: Path) -> None:
    blocks = [(each["mark"], each["text"]) for each in FENCE.finditer(PAGE.read_text())]
    assert [mark for mark, _ in blocks].count("rehearse") > 1
    with serving(directory, DYNASTY_LOG_VERIFY_HOURS="0"):
        for mark, text in blocks:
            if mark.startswith("file: "):
                (directory / mark.removeprefix("file: ")).write_text(text)
                continue
            for typed, shown in rehearsed(text):
                seen(typed, shown, directory)


def seen(typed: str, shown: Sequence[str], directory: Path) -> None:
    """The daemon works beside it: what is not to be seen yet is looked for again."""
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    while True:
        told = printed(typed, directory)
        if shown and all(each in told for each in shown):
            return
        if not shown:
            assert told == "", told
            return
        assert time.monotonic() < give_up_at, f"$ {typed}\n{told}\nthe page shows {shown}"
        time.sleep(0.5)
