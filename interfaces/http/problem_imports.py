"""Refusals of files with trades and of their rows. Only the command line raises them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from interfaces.http.problem_kinds import Kind


def _row(title: str, remedy: str) -> Kind:
    """Everything that is wrong with a file is unprocessable content."""
    return Kind(422, title, remedy)


IMPORTS: Final[Mapping[str, Kind]] = {
    "broken-row": _row(
        "The row cannot be taken apart", "Correct the line, or export the file again."
    ),
    "empty-file": _row("The file is empty", "Export the file again."),
    "exit-in-the-future": _row(
        "Closed in the future", "Check the clock of this machine and the offsets in the file."
    ),
    "file-too-large": _row("The file is too large", "Split it, and import the parts in order."),
    "file-unreadable": _row(
        "The file cannot be read", "Check the path, and that you may read the file."
    ),
    "missing-column": _row(
        "A column is missing", "Export the file again with every column, each of them once."
    ),
    "missing-value": _row("A value is missing", "Fill in the value that is named."),
    "no-header": _row("The header is missing", "Put the names of the columns on the first line."),
    "not-a-number": _row("Not a number", "Write a plain decimal number."),
    "not-a-time": _row("Not a time", "Write the time as the format has it, with its offset."),
    "not-an-identifier": _row(
        "Not an identifier", "Use the platform's own identifier of the trade."
    ),
    "not-closed": _row("The trade is not closed", "Leave it out until it is closed."),
    "not-json": _row("Not JSON", "Export the file again; it is one JSON array."),
    "repeated-differently": _row(
        "One trade, two accounts of it", "Leave the wrong one of the two rows out."
    ),
    "unknown-side": _row("Unknown side", "Write the side in the words of the format."),
    "wrong-encoding": _row("Not UTF-8", "Save the file as UTF-8."),
}
