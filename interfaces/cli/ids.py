"""Ids as they are typed: as the API shows them, with their prefix, or the UUID alone."""

from __future__ import annotations

from uuid import UUID

import typer


def account_id(typed: str) -> UUID:
    """The account of `acc_…` or of a UUID."""
    return _id(typed, "acc_", "an account")


def trader_id(typed: str) -> UUID:
    """The trader of `trader_…` or of a UUID."""
    return _id(typed, "trader_", "a trader")


def _id(typed: str, prefix: str, whose: str) -> UUID:
    try:
        return UUID(typed.removeprefix(prefix))
    except ValueError:
        raise typer.BadParameter(
            f"'{typed}' is not the id of {whose}: give {prefix}… or a UUID."
        ) from None
