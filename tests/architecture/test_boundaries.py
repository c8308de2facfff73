"""The arrows between the layers hold, and the contracts that hold them would notice a wrong one."""

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("domain", "application", "projections", "infrastructure", "interfaces")
CONTRACTS = {
    contract["id"]: contract["name"]
    for contract in tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"][
        "contracts"
    ]
}
WITHOUT_FLOATS = [
    file for name in ("domain", "application") for file in (ROOT / name).rglob("*.py")
]

WRONG_ARROWS = [
    ("domain", "infrastructure", "layers"),
    ("domain", "application.ledger", "layers"),
    ("domain.rules", "projections", "layers"),
    ("application", "infrastructure", "layers"),
    ("application.accounts", "interfaces", "layers"),
    ("projections", "infrastructure", "layers"),
    ("infrastructure", "projections", "layers"),
    ("domain", "eventsourcing.domain", "pure-domain"),
    ("domain.accounts", "pydantic", "pure-domain"),
    ("domain.rules", "psycopg", "pure-domain"),
    ("application", "psycopg", "driverless-application"),
    ("application.scenarios", "typer", "driverless-application"),
    ("application.accounts", "eventsourcing.persistence", "driverless-application"),
    ("interfaces", "infrastructure.postgres", "one-bootstrap"),
    ("interfaces.cli", "infrastructure", "one-bootstrap"),
]


def lint(tree: Path) -> subprocess.CompletedProcess[str]:
    """Run the contracts over a tree, with nothing remembered of another."""
    return subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=tree,
        env={"PYTHONPATH": str(tree), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def broken(result: subprocess.CompletedProcess[str]) -> set[str]:
    """The names of the contracts that do not hold."""
    return set(re.findall(r"^(.+) BROKEN(?: \(.*\))?$", result.stdout, re.MULTILINE))


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source tree as it stands, copied so that a wrong arrow can be planted in it."""
    tree = tmp_path_factory.mktemp("tree")
    for name in PACKAGES:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, tree / name, ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", tree)
    return tree


@pytest.fixture
def planted(copied: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """The copy with one module that should not be."""
    importer, imported, _ = request.param
    module = copied.joinpath(*importer.split("."), "planted.py")
    module.write_text(f"import {imported}\n")
    yield copied
    module.unlink()


def test_every_contract_is_planted_against() -> None:
    assert {contract for _, _, contract in WRONG_ARROWS} == set(CONTRACTS)


def test_the_arrows_hold(copied: Path) -> None:
    result = lint(copied)
    assert result.returncode == 0, result.stdout
    assert f"Contracts: {len(CONTRACTS)} kept, 0 broken." in result.stdout


@pytest.mark.parametrize(
    ("planted", "contract"),
    [(arrow, arrow[2]) for arrow in WRONG_ARROWS],
    indirect=["planted"],
    ids=[f"{importer}-{imported}" for importer, imported, _ in WRONG_ARROWS],
)
def test_an_arrow_the_wrong_way_is_noticed(planted: Path, contract: str) -> None:
    result = lint(planted)
    assert result.returncode == 1, result.stdout + result.stderr
    assert CONTRACTS[contract] in broken(result), result.stdout


def floats(tree: ast.AST) -> list[int]:
    """The lines on which a float is made, written or declared."""
    return [
        node.lineno
        for node in ast.walk(tree)
        if (isinstance(node, ast.Constant) and isinstance(node.value, float))
        or (isinstance(node, ast.Call) and _is_float(node.func))
        or (isinstance(node, ast.arg | ast.AnnAssign) and _declares(node.annotation))
        or (isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _declares(node.returns))
    ]


def _is_float(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and node.id == "float"


def _declares(annotation: ast.expr | None) -> bool:
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        annotation = ast.parse(annotation.value, mode="eval").body
    return annotation is not None and any(map(_is_float, ast.walk(annotation)))


@pytest.mark.parametrize("file", WITHOUT_FLOATS, ids=lambda file: str(file.relative_to(ROOT)))
def test_no_float_stands_near_money(file: Path) -> None:
    assert floats(ast.parse(file.read_text())) == []


@pytest.mark.parametrize(
    "code",
    [
        "x = 0.5", "x = 1e3", "x = -1.0", "float(x)", "x: float = y", "def f(x: float): ...",
        "def f() -> list[float]: ...", "def f(x: 'float | None'): ...",
        "async def f(*, x: dict[str, float]): ...", "def f(x=0.1): ...", "class A:\n  x: float",
    ],
)  # fmt: skip
def test_a_float_would_be_noticed(code: str) -> None:
    assert floats(ast.parse(code))


@pytest.mark.parametrize("code", ["x = 1", "isinstance(x, (int, float))", "x = '0.5'"])
def test_telling_a_float_apart_is_no_float(code: str) -> None:
    assert floats(ast.parse(code)) == []
