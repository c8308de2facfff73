"""Files of the command line: read up to a limit, written whole or not at all."""

from __future__ import annotations

import secrets
from pathlib import Path

from application.certificates.errors import CertificateUnreadable
from application.certificates.reading import BYTES_MAX
from application.exports.errors import ExportNotWritten


def read_bounded(file: Path) -> bytes:
    """What a file holds, and one byte more than any certificate at the most.

    Refuses with CertificateUnreadable.
    """
    try:
        with file.open("rb") as opened:
            return opened.read(BYTES_MAX + 1)
    except OSError as fault:
        raise CertificateUnreadable(
            f"{file} cannot be read: {fault.strerror or fault}. Name the file that `dynasty"
            " certificate ACCOUNT -o FILE` wrote.",
            file=str(file),
        ) from fault


def write_whole(file: Path, text: str) -> None:
    """Put a file in its place in one step. Refuses with ExportNotWritten."""
    if file.exists() and not file.is_file():
        raise ExportNotWritten(f"{file} is no file; name one, or leave -o out.")
    draft = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    try:
        draft.write_bytes(text.encode())
        draft.replace(file)
    except OSError as fault:
        draft.unlink(missing_ok=True)
        raise ExportNotWritten(
            f"{file} cannot be written: {fault.strerror or fault}. Name a file in a directory that"
            " is there.",
            file=str(file),
        ) from fault
