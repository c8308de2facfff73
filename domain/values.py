"""Values that are made so often that the making counts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar, dataclass_transform

TKind = TypeVar("TKind")


@dataclass_transform(frozen_default=True)
def made_often(*, kw_only: bool = False) -> Callable[[type[TKind]], type[TKind]]:
    """A frozen dataclass with slots, as far as whoever checks types can see.

    Nothing holds it at run time: a class that is frozen there takes thrice as long to fill.
    """
    return dataclass(slots=True, unsafe_hash=True, kw_only=kw_only)
