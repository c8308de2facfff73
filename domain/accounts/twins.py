"""A second copy of an account's state, that changes alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Any, Final

from domain.accounts.payout_book import PayoutBook
from domain.accounts.state import AccountState, Session


def twin_of(state: AccountState) -> AccountState:
    """The same state; nothing that changes is shared with the one given.

    What it is made of are values, which never change, or one of the kinds in `_OWN`.
    """
    twin: AccountState = _own(state)
    return twin


def _own(held: Any) -> Any:
    """A dataclass of its own, as are its containers; those hold values."""
    made = object.__new__(type(held))
    for name in _NAMES[type(held)]:
        value = getattr(held, name)
        copied = _OWN.get(type(value))
        setattr(made, name, copied(value) if copied else value)
    return made


_NAMES: Final = {
    kind: tuple(each.name for each in fields(kind)) for kind in (AccountState, Session, PayoutBook)
}
_OWN: Final[dict[type, Callable[[Any], Any]]] = {
    dict: dict,
    list: list,
    set: set,
    Session: _own,
    PayoutBook: _own,
}
