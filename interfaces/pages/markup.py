"""Markup that cannot be broken by what it shows: every text is escaped unless it is markup."""

from __future__ import annotations

import re
from html import escape
from typing import Final

# What no XML may hold, and what would turn the order of the text around it.
_UNSHOWABLE: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff"
    "\ufffe\uffff]"
)


class Markup(str):
    """Text that is markup already, and is not escaped again."""

    __slots__ = ()


def tag(name: str, /, *children: str | None, **attributes: str | int | None) -> Markup:
    """An element, well formed for HTML and XML alike.

    A child or attribute that is None is left out. `class_` is the attribute class, `aria_label` the
    attribute aria-label.
    """
    inner = "".join(each if isinstance(each, Markup) else text(each) for each in children if each)
    said = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{text(str(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    return Markup(f"<{name}{said}>{inner}</{name}>" if children else f"<{name}{said}/>")


def text(value: str) -> Markup:
    """A text as markup; what cannot be shown is shown as a replacement."""
    return Markup(escape(_UNSHOWABLE.sub("\ufffd", value)))


def joined(*parts: str) -> Markup:
    """Parts one after the other."""
    return Markup("".join(each if isinstance(each, Markup) else text(each) for each in parts))
