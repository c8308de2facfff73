"""The hash of the code changes with what folding does, and with nothing else."""

import ast
import inspect
import subprocess
import sys
from textwrap import dedent

import pytest

from domain.accounts import account
from domain.accounts.account import TradingAccount
from infrastructure.snapshots.code_hash import code_hash, hash_of, modules_in_force

BEFORE = '''
"""A module."""
from decimal import Decimal

KINDS = {"a", "b", "c"}

def total(first: int, *, second: int = 2) -> int:
    """What it says."""
    if first in {"x", "y", "z"}:
        return 0
    return first + second
'''


def hashed(text: str, *, name: str = "domain.example", release: str = "1") -> str:
    return hash_of({name: compile(text, "example.py", "exec")}, releases={"msgspec": release})


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("KINDS", "# A comment.\n\n\nKINDS"),
        ("return 0", "return 0  # Nothing."),
        ("first: int, *, second: int = 2", "\n    first: int,\n    *,\n    second: int = 2,\n"),
        ("first + second", "(first\n        + second)"),
        ('"x", "y"', "'x', 'y'"),
    ],
)
def test_layout_does_not_count(before: str, after: str) -> None:
    assert before in BEFORE
    assert hashed(BEFORE.replace(before, after)) == hashed(BEFORE)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("first + second", "first - second"),
        ("= 2", "= 3"),
        ('"z"', '"w"'),
        ("return 0", "return 0.0"),
        ("return 0", "return True"),
        ("first + second", "second + first"),
        ("first: int", "first: str"),
        ("Decimal", "Context"),
        ("if first", "if not first"),
        ("*, second", "second"),
    ],
)
def test_whatever_may_change_what_is_done_counts(before: str, after: str) -> None:
    assert hashed(BEFORE.replace(before, after)) != hashed(BEFORE)


def test_the_name_of_a_module_and_the_releases_of_libraries_count() -> None:
    assert hashed(BEFORE, name="domain.other") != hashed(BEFORE)
    assert hashed(BEFORE, release="2") != hashed(BEFORE)


def test_every_process_comes_to_the_same() -> None:
    program = "from infrastructure.snapshots.code_hash import code_hash; print(code_hash())"
    found = {
        subprocess.run(
            [sys.executable, "-c", program],
            check=True,
            capture_output=True,
            text=True,
            env={"PYTHONHASHSEED": seed},
            cwd=".",
        ).stdout.strip()
        for seed in ("1", "2")
    }
    assert found == {code_hash()}


def test_all_that_folding_imports_takes_part() -> None:
    modules = modules_in_force()
    for name in ("accounts.positions", "money", "rules.max_loss", "market.specs", "kernel"):
        assert f"domain.{name}" in modules
    assert "domain.accounts.correcting" not in modules, "what only decides does not"
    assert len(code_hash()) == 64


def test_what_an_account_takes_events_in_by_takes_part() -> None:
    imported = {
        alias.name: node.module
        for node in ast.parse(inspect.getsource(account)).body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    when = ast.parse(dedent(inspect.getsource(TradingAccount.when)))
    used = {node.id for node in ast.walk(when) if isinstance(node, ast.Name)}
    called = {imported[name] for name in used & imported.keys()} - {"typing_extensions"}
    assert len(called) > 2
    assert called <= modules_in_force().keys()
