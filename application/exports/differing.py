"""Which lines of a damaged file of an export were changed, by the hash of each in its index.

Python 3.9 and its standard library are enough: a copy lies in each export, as `verify_lines.py`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

_LINE_BYTES_MAX = 8 * 1024 * 1024
Difference = tuple[str, int, "int | None"]
"""What is wrong with a line, its number from 1, and the `ledger_seq` that it has or had."""


def differences(path: Path, index: Path) -> list[Difference]:
    """Which lines were changed, added, repeated, moved or taken out, by the hash of each."""
    expected = [(int(seq), digest) for seq, digest in map(bytes.split, _lines_of(index))]
    where = {digest: at for at, (_, digest) in enumerate(expected)}
    missing = {seq: at for at, (seq, _) in enumerate(expected)}
    found: list[Difference] = []
    strange: list[tuple[int, int | None]] = []
    furthest = -1
    for number, line in enumerate(_lines_of(path), start=1):
        at = where.get(hashlib.sha256(line[:-1]).hexdigest().encode())
        if at is None:
            strange.append((number, _seq_of(line)))
            continue
        seq = expected[at][0]
        again = missing.pop(seq, None) is None
        if again or at < furthest:
            reason = "the line is repeated" if again else "the line is out of its order"
            found.append((reason, number, seq))
        furthest = max(furthest, at)
    for number, claimed in strange:
        here = expected[number - 1][0] if number <= len(expected) else None
        changed = next((seq for seq in (claimed, here) if seq in missing), None)
        missing.pop(changed or 0, None)
        reason = f"the line was {'added' if changed is None else 'changed'}"
        found.append((reason, number, changed or claimed))
    found += [("the line is missing", at + 1, seq) for seq, at in missing.items()]
    return found


def _seq_of(line: bytes) -> int | None:
    found = re.search(rb'"ledger_seq":(\d{1,18}),', line)
    return int(found[1]) if found else None


def _lines_of(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while line := file.readline(_LINE_BYTES_MAX):
            yield line
