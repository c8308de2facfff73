"""Where trades come from."""

from typing import Final, Protocol

from application.imports.reading import Reading

BYTES_MAX: Final = 50_000_000
ROWS_MAX: Final = 1_000_000


class TradeSource(Protocol):
    """A file format of a trading platform."""

    @property
    def name(self) -> str:
        """The word by which it is asked for, and the `source` of its trades."""

    @property
    def description(self) -> str:
        """What the file is and where it comes from, in a sentence."""

    def read(self, document: bytes) -> Reading:
        """Read a whole file and judge every row by its contract.

        A bad row is a fault of the reading, never an exception. Refuses with EmptyFile,
        FileTooLarge, WrongEncoding, NoHeader, MissingColumn or NotJson when there are no rows to
        judge.
        """
