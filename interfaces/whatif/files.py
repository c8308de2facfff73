"""Answers on files: whole or not at all."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from application.exports.drafts import Draft, drafted
from application.exports.errors import ExportNotWritten
from application.whatif.answers import Answer
from application.whatif.documents import answer_document, csv_text, flip_rows
from domain.documents import canonical_json


class AnswerFiles:
    """Takes answers one after the other, and writes those with anything to tell."""

    def __init__(self) -> None:
        self._rows: list[Callable[[bytes], object]] = []
        self._accounts: list[Callable[[bytes], object]] = []
        self._draft: Draft | None = None

    def add(self, answer: Answer) -> None:
        """Write an account's flips, and the account."""
        if not answer.changed:
            return
        rows = csv_text(list(flip_rows(answer)), header=False).encode()
        for write in self._rows:
            write(rows)
        if self._accounts:
            line = f"{canonical_json(answer_document(answer))}\n".encode()
            for write in self._accounts:
                write(line)

    def finish(self, summary: dict[str, Any]) -> None:
        """Write the summary beside them."""
        if self._draft is not None:
            self._draft.put("summary.json", f"{canonical_json(summary)}\n".encode())

    def to_csv(self, write: Callable[[bytes], object]) -> None:
        """Flips go here, after a header."""
        write(csv_text([], header=True).encode())
        self._rows.append(write)

    def to_draft(self, draft: Draft) -> None:
        """Everything goes into a directory in the making."""
        self._draft = draft
        self.to_csv(draft.create("flips.csv").write)
        self._accounts.append(draft.create("accounts.jsonl").write)


@contextmanager
def answer_files(*, csv_file: Path | None, directory: Path | None) -> Iterator[AnswerFiles]:
    """Files that are there when the block ends well. Refuses with ExportExists, ExportNotWritten.

    A CSV file takes the place of one that was there; a directory must be new or empty.
    """
    files = AnswerFiles()
    with ExitStack() as stack:
        if directory is not None:
            files.to_draft(stack.enter_context(drafted(directory)))
        if csv_file is not None:
            files.to_csv(stack.enter_context(_replacing(csv_file)))
        yield files


@contextmanager
def _replacing(file: Path) -> Iterator[Callable[[bytes], object]]:
    partial = file.with_name(f".{file.name}.partial-{secrets.token_hex(4)}")
    try:
        with partial.open("xb") as opened:
            yield opened.write
            opened.flush()
            os.fsync(opened.fileno())
        partial.replace(file)
    except OSError as fault:
        raise ExportNotWritten(
            f"{file} could not be written: {fault.strerror or fault}. See to the disk and start"
            " again.",
            file=str(file),
        ) from fault
    finally:
        partial.unlink(missing_ok=True)
