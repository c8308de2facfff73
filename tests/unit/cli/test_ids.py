"""Ids as they are typed: with the prefix of the API or without; anything else is named."""

from collections.abc import Callable
from uuid import UUID

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st

from interfaces.cli.ids import account_id, trader_id

KINDS = {"acc_": account_id, "trader_": trader_id}


@pytest.mark.parametrize(("prefix", "read"), KINDS.items())
@given(id_=st.uuids())
def test_an_id_is_read_with_its_prefix_and_without(
    prefix: str, read: Callable[[str], UUID], id_: UUID
) -> None:
    assert read(str(id_)) == read(f"{prefix}{id_}") == id_


@pytest.mark.parametrize("read", KINDS.values())
@pytest.mark.parametrize("typed", ["", "acc_", "acc_acc_", f"payout_{UUID(int=1)}", "7"])
def test_anything_else_is_named(read: Callable[[str], UUID], typed: str) -> None:
    with pytest.raises(typer.BadParameter, match=f"^'{typed}' is not the id of an? "):
        read(typed)


def test_the_id_of_a_trader_is_no_account() -> None:
    with pytest.raises(typer.BadParameter, match="an account"):
        account_id(f"trader_{UUID(int=1)}")
