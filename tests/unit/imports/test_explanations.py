"""The reference page beside the code."""

import re
from pathlib import Path

from application.imports import errors
from domain.errors import DomainError
from infrastructure.importers.topstepx import NEEDED
from tests.unit.imports.samples import CLOSED, GOOD
from tests.unit.imports.test_topstepx import BAD as BAD_LINES
from tests.unit.imports.test_yourpropfirm import BAD as BAD_TRADES

PAGE = (Path(__file__).parents[3] / "docs/reference/import-formats.md").read_text()
EXPLAINED = set(re.findall(r"`([A-Za-z-]+)`", PAGE))


class TestThePage:
    def test_explains_every_refusal(self) -> None:
        codes = {each.code for each in vars(errors).values() if _is_refusal(each)}
        assert len(codes) > 10
        assert codes - EXPLAINED == set()

    def test_explains_every_fault_of_a_row(self) -> None:
        assert {code for _, code, _ in (*BAD_LINES, *BAD_TRADES)} - EXPLAINED == set()

    def test_explains_every_column_and_key(self) -> None:
        assert {*GOOD, *NEEDED, *CLOSED} - EXPLAINED == set()


def _is_refusal(found: object) -> bool:
    return isinstance(found, type) and issubclass(found, DomainError) and found is not DomainError
