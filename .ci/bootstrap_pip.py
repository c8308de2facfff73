# ruff: noqa: INP001 - a script, no package
"""Install the locked pip into this environment, for a Python that comes without `ensurepip`.

Debian ships `ensurepip` in a package of its own. The lock decides the version and the hash.
"""

import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import urljoin
from urllib.request import Request, urlopen

LOCK = Path(__file__).parent.parent / "requirements-dev.lock"
INDEX = os.environ.get("PIP_INDEX_URL")
SIMPLE_JSON = "application/vnd.pypi.simple.v1+json"
TIMEOUT_SECONDS = 60


def main() -> None:
    """Fetch the wheel that the lock names, compare its hash, let it install itself."""
    if INDEX is None:
        sys.exit(
            "This Python comes without ensurepip. Install your system's package for virtual"
            " environments (python3-venv on Debian), or name a package index in PIP_INDEX_URL."
        )
    entry = re.search(r"^pip==.*?(?=^\S)", LOCK.read_text(), re.MULTILINE | re.DOTALL)
    assert entry is not None, "the development lock holds no pip"
    wanted = set(re.findall(r"sha256:([0-9a-f]{64})", entry[0]))
    page = f"{INDEX.rstrip('/')}/pip/"
    wheel = next(
        file
        for file in json.loads(_fetched(page))["files"]
        if file["filename"].endswith(".whl") and file["hashes"].get("sha256") in wanted
    )
    content = _fetched(urljoin(page, wheel["url"]))
    if hashlib.sha256(content).hexdigest() not in wanted:
        sys.exit("The pip that was downloaded is not the locked one; nothing was installed.")
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, wheel["filename"])
        path.write_bytes(content)
        arguments = ["install", "--quiet", "--no-index", "--no-deps", str(path)]
        subprocess.run([sys.executable, f"{path}/pip", *arguments], check=True)  # noqa: S603


def _fetched(url: str) -> bytes:
    with urlopen(Request(url, headers={"Accept": SIMPLE_JSON}), timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310
        content: bytes = answer.read()
    return content


if __name__ == "__main__":
    main()
