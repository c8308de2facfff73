"""The demo without its trades."""

from pathlib import Path
from typing import cast
from uuid import UUID

import pytest

from interfaces import demo_data
from interfaces.bootstrap.runtime import Runtime


def test_a_place_without_the_trades_is_named_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo_data, "TRADES", tmp_path / "trades.csv")
    nothing = cast("Runtime", None)
    with pytest.raises(demo_data.DemoDataMissing, match=r"The demo reads trades\.csv"):
        demo_data.book_demo(nothing, account_id=UUID(int=1), pack=demo_data.standard_pack())
