"""What a writer meant to do and what it was told: on disk before it goes on, whoever kills it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from application.ledger import Receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledged:
    """What the caller of a command was told: its receipt, or the code of a refusal."""

    number: int
    version: int | None = None
    position: int | None = None
    replayed: bool = False
    refused: str | None = None


@dataclass(frozen=True, slots=True)
class Noted:
    """All that the writers of an ordeal have noted."""

    intended: frozenset[int]
    acknowledged: dict[int, Acknowledged]

    @property
    def undecided(self) -> list[int]:
        """Commands that were sent, perhaps, and whose outcome nobody was told."""
        return sorted(self.intended - self.acknowledged.keys())


class Journal:
    """The notes of one thread. Each line is on disk when its method returns."""

    def __init__(self, path: Path) -> None:
        self._file: BinaryIO = path.open("ab", buffering=0)

    def intend(self, number: int) -> None:
        """Before the command is sent for the first time."""
        self._write({"number": number})

    def acknowledge(self, number: int, receipt: Receipt) -> None:
        """After its receipt has come."""
        self._write(
            {
                "number": number,
                "version": receipt.version,
                "position": receipt.position,
                "replayed": receipt.replayed,
            }
        )

    def refuse(self, number: int, code: str) -> None:
        """After it was refused for good."""
        self._write({"number": number, "refused": code})

    def close(self) -> None:
        """Let the file go."""
        self._file.close()

    def _write(self, line: dict[str, Any]) -> None:
        self._file.write(json.dumps(line).encode() + b"\n")
        os.fsync(self._file.fileno())


def read_journals(directory: Path) -> Noted:
    """Everything noted in a directory. A last line that was cut off was never relied on."""
    intended, acknowledged = set[int](), dict[int, Acknowledged]()
    for line in (each for path in sorted(directory.iterdir()) for each in _lines(path)):
        if len(line) == 1:
            intended.add(line["number"])
        else:
            acknowledged[line["number"]] = Acknowledged(**line)
    return Noted(frozenset(intended), acknowledged)


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    for line in path.read_bytes().splitlines(keepends=True):
        if line.endswith(b"\n"):
            yield json.loads(line)
