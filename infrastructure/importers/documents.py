"""From bytes to text: what no format can do anything with is refused here."""

import codecs
from typing import Final

from application.imports.errors import EmptyFile, FileTooLarge, WrongEncoding
from application.imports.ports import BYTES_MAX, ROWS_MAX

# UTF-32's mark begins with UTF-16's, so it is looked for first.
_FOREIGN: Final = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)
_BEGINNING = 4


def body_of(document: bytes) -> bytes:
    """The document without a byte order mark.

    Refuses with FileTooLarge, EmptyFile, or WrongEncoding for what is no form of UTF-8.
    """
    if len(document) > BYTES_MAX:
        raise FileTooLarge(
            f"The file has more than {BYTES_MAX:,} bytes; export a shorter span of time, and import"
            " one file after the other.",
            bytes_max=BYTES_MAX,
        )
    for mark, name in _FOREIGN:
        if document.startswith(mark):
            raise _foreign(name)
    body = document.removeprefix(codecs.BOM_UTF8)
    if not body.strip():
        raise EmptyFile("The file is empty; export it again.")
    if b"\0" in body[:_BEGINNING]:
        raise _foreign("UTF-16 or UTF-32")
    return body


def refuse_rows(rows: int) -> None:
    """Refuses with FileTooLarge when there are more rows than one import takes."""
    if rows > ROWS_MAX:
        raise FileTooLarge(
            f"The file has {rows:,} rows; an import takes {ROWS_MAX:,}. Export a shorter span of"
            " time, and import one file after the other.",
            rows_max=ROWS_MAX,
        )


def decoded(data: bytes) -> str:
    """UTF-8 text. Refuses with WrongEncoding, naming the first byte that is not."""
    try:
        return data.decode()
    except UnicodeDecodeError as fault:
        raise WrongEncoding(
            f"This is not UTF-8: the byte 0x{data[fault.start]:02X} at byte {fault.start + 1}"
            " cannot be read; save the file as UTF-8.",
            byte=fault.start + 1,
        ) from fault


def _foreign(name: str) -> WrongEncoding:
    return WrongEncoding(f"The file is {name}; save it as UTF-8.", encoding=name)
