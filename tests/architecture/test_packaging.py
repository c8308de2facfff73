"""What is shipped, what it stands on, and how it is checked."""

import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterable, Iterator
from importlib.metadata import requires
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
PACKAGES: list[str] = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
RUNTIME = "requirements.lock"
DEVELOPMENT = "requirements-dev.lock"

MACHINES = [
    {
        "python_full_version": python,
        "python_version": ".".join(python.split(".")[:2]),
        "sys_platform": system.lower(),
        "platform_system": system,
        "platform_machine": machine,
        "os_name": "posix",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
    }
    for python in ("3.11.0", "3.11.9", "3.12.1", "3.13.0", "3.14.0")
    for system, machine in (("Linux", "x86_64"), ("Darwin", "arm64"))
]


def locked(name: str) -> dict[str, str]:
    """Each distribution of a lock with its version."""
    pins = re.findall(r"^([\w.-]+)==(\S+) \\$", (ROOT / name).read_text(), re.MULTILINE)
    return {canonicalize_name(distribution): version for distribution, version in pins}


def asked(lock: str) -> list[Requirement]:
    """What pyproject.toml asks of a lock, its build backend included."""
    project = PROJECT["project"]
    lines = [*project["dependencies"], *PROJECT["build-system"]["requires"]]
    if lock == DEVELOPMENT:
        lines += project["optional-dependencies"]["dev"]
    return [Requirement(line) for line in lines]


def needed(distribution: str, extras: Iterable[str] = ()) -> Iterator[Requirement]:
    """What a distribution needs on any of the machines."""
    for requirement in map(Requirement, requires(distribution) or []):
        if requirement.marker is None or any(
            requirement.marker.evaluate({**machine, "extra": extra})
            for machine in MACHINES
            for extra in ("", *extras)
        ):
            yield requirement


def extras_in(lock: str) -> dict[str, set[str]]:
    """The extras that the distributions of a lock ask of each other."""
    extras: dict[str, set[str]] = {distribution: set() for distribution in locked(lock)}
    needs = [requirement for distribution in extras for requirement in needed(distribution)]
    for requirement in (*asked(lock), *needs):
        extras.setdefault(canonicalize_name(requirement.name), set()).update(requirement.extras)
    return extras


def meets(pins: dict[str, str], requirement: Requirement) -> bool:
    """Whether the lock holds a version that satisfies the requirement."""
    version = pins.get(canonicalize_name(requirement.name))
    return version is not None and requirement.specifier.contains(version)


@pytest.mark.parametrize("lock", [RUNTIME, DEVELOPMENT])
class TestALock:
    def test_names_no_place(self, lock: str) -> None:
        text = (ROOT / lock).read_text()
        assert re.findall(r"(?m).*(?:/|^-|@|--(?!hash=sha256:)|\.(?:com|org)\b).*", text) == []

    def test_pins_every_distribution_by_hash(self, lock: str) -> None:
        lines = (ROOT / lock).read_text().splitlines()
        entries = [number for number, line in enumerate(lines) if re.match(r"\w", line)]
        assert len(entries) == len(locked(lock)) > len(PROJECT["project"]["dependencies"])
        hashed = [re.match(r"    --hash=sha256:[0-9a-f]{64}\b", lines[at + 1]) for at in entries]
        assert all(hashed)

    def test_satisfies_what_the_project_asks_for(self, lock: str) -> None:
        pins = locked(lock)
        unmet = [
            str(requirement)
            for requirement in asked(lock)
            if not requirement.specifier.contains(
                pins.get(canonicalize_name(requirement.name), "0")
            )
        ]
        assert unmet == []

    def test_is_whole_on_every_supported_machine(self, lock: str) -> None:
        pins, extras = locked(lock), extras_in(lock)
        unmet = {
            f"{distribution} needs {requirement}"
            for distribution in pins
            for requirement in needed(distribution, extras[distribution])
            if not requirement.specifier.contains(
                pins.get(canonicalize_name(requirement.name), "0")
            )
        }
        assert unmet == set()


class TestTheLocks:
    def test_agree_on_every_version(self) -> None:
        assert locked(RUNTIME).items() <= locked(DEVELOPMENT).items()


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    built = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(built)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = built.glob("dynasty_ledger-*-py3-none-any.whl")
    return wheel


@pytest.fixture(scope="module")
def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


class TestTheWheel:
    def test_holds_the_packages_and_nothing_else(self, names: set[str]) -> None:
        tops = {name.partition("/")[0] for name in names}
        assert {top for top in tops if not top.endswith(".dist-info")} == set(PACKAGES)

    def test_holds_every_file_of_the_packages(self, names: set[str]) -> None:
        files = {
            str(path.relative_to(ROOT))
            for package in PACKAGES
            for path in (ROOT / package).rglob("*")
            if path.is_file() and "__pycache__" not in path.parts
        }
        assert files - names == set()

    @pytest.mark.parametrize(
        "data",
        [
            r"infrastructure/migrations/.+\.sql",
            r"domain/rules/programs/.+\.json",
            r"application/plans/published/.+\.toml",
        ],
    )
    def test_holds_data_beside_the_code(self, names: set[str], data: str) -> None:
        assert [name for name in names if re.fullmatch(data, name)]

    def test_compares_packs_with_texts_far_from_any_checkout(
        self, wheel: Path, tmp_path: Path
    ) -> None:
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(tmp_path / "site")
        run = (
            "import application.plans.published as texts; from interfaces.cli.main import main;"
            " assert '/site/' in texts.__file__; main()"
        )
        done = subprocess.run(
            [sys.executable, "-P", "-c", run, "packs", "lint"],
            cwd=tmp_path,
            env={"PYTHONPATH": str(tmp_path / "site"), "PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert "in 8 texts" in done.stdout

    def test_installs_the_command(self, names: set[str]) -> None:
        module, _, function = PROJECT["project"]["scripts"]["dynasty"].partition(":")
        path = f"{module.replace('.', '/')}.py"
        assert path in names
        assert f"def {function}(" in (ROOT / path).read_text()


class TestContinuousIntegration:
    def test_checks_what_a_person_checks(self) -> None:
        assert re.search(r"(?m)^make check$", (ROOT / ".ci" / "run").read_text())

    def test_runs_the_same_script_wherever_it_runs(self) -> None:
        workflow = (ROOT / ".github" / "workflows" / "ci.yml").read_text()
        assert re.findall(r"(?m)^\s*(?:- )?run: (.*)$", workflow) == [".ci/run"]

    def test_tests_by_the_recipe_of_make_test(self) -> None:
        recipes = (ROOT / "Makefile").read_text().split("\n\n")
        using = [recipe.partition(":")[0] for recipe in recipes if "$(TESTS)" in recipe]
        assert using == ["test", "check"]
