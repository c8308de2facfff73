"""Every published example has a file, and those that were published wrong say so."""

import json
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "scenarios"
STEMS = sorted(file.stem for file in FOLDER.glob("*.json"))

PUBLISHED = """
    a01 a02 a04 a06 a07 a08 a09 a11 a12 a14 a15 a17 a18
    b01 b04 b05 b06 b08 b10
    c01 c02 c04 c06 c07 c11
    d01 d02 d04 d07 d08 d09 d11 d12 d14 d15 d17
    e01 e02 e04 e05 e06 e07
    f01 f03 f04 f05 f07 f09 f10 f12 f12a f12b f13
    g01 g03 g04 g05 g06 g08 g09 g10 g11 g12 g13 g16 g17 g19 g20 g22 g24 g26 g27
    h01 h02 h03 h04 h06 h08 h09 h10 h11 h12
"""

UNDER_ANOTHER_NAME = {
    "a01": "eod-trailing-topstep-50k",
    "a02": "eod-trailing-topstep-50k",
    "a15": "a14-eod-mffu-50k",
    "b01": "intraday-trailing-apex-50k",
    "b08": "static-dynasty-100k",
    "d01": "consistency-fundednext-40",
    "g01": "payout-mffu-flex",
}
PUBLISHED_WRONG = ("b10", "d04", "h10")


@pytest.mark.parametrize("row", PUBLISHED.split())
def test_a_published_example_has_its_file(row: str) -> None:
    named = UNDER_ANOTHER_NAME.get(row)
    assert named in STEMS if named else any(stem.startswith(f"{row}-") for stem in STEMS)


@pytest.mark.parametrize("row", PUBLISHED_WRONG)
def test_an_example_that_was_published_wrong_says_so(row: str) -> None:
    (stem,) = [each for each in STEMS if each.startswith(f"{row}-")]
    document = json.loads((FOLDER / f"{stem}.json").read_bytes())
    assert "(published as" in document["title"]
    assert "corrected: " in document["source"]
