"""The short way from a payload to its event: typed JSON straight into the event's fields.

It reads what the long way reads, to the same event. What it does not read as a matter of course it
leaves to the long way, which knows what to say about it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields
from datetime import datetime
from typing import Any, Final, NotRequired, TypeAlias, TypedDict, get_type_hints
from uuid import UUID

import msgspec

from domain.kernel import Event

# These are columns of the log, not part of the payload.
ENVELOPE: Final = frozenset({"originator_id", "originator_version", "timestamp"})

Facts: TypeAlias = dict[str, Any]


class ShortWay:
    """Reads payloads of the newest version of one class."""

    __slots__ = ("_defaults", "_event_class", "_read")

    def __init__(self, event_class: type[Event]) -> None:
        self._event_class = event_class
        self._read, self._defaults = _reader(event_class)

    def event(
        self, payload: str, stream_id: UUID, stream_version: int, effective_at: datetime
    ) -> Event | None:
        """The event; None where the long way has to be gone."""
        try:
            facts = self._read(payload)
        except (msgspec.MsgspecError, ValueError):
            return None
        for name, value in self._defaults.items():
            facts.setdefault(name, value)
        facts["originator_id"] = stream_id
        facts["originator_version"] = stream_version
        facts["timestamp"] = effective_at
        event = object.__new__(self._event_class)
        # An event is frozen and has no slots: its fields are set as a whole, here and nowhere else.
        object.__setattr__(event, "__dict__", facts)
        return event


def _reader(event_class: type[Event]) -> tuple[Callable[[str], Facts], Mapping[str, Any]]:
    """How to read a class of plain fields, and what stands for those a payload may leave out."""
    said = [each for each in fields(event_class) if each.name not in ENVELOPE]
    made_otherwise = event_class.__post_init__ is not Event.__post_init__
    if made_otherwise or not all(map(_is_plain, said)):
        return _no_way, {}
    hints = get_type_hints(event_class, include_extras=True)
    shape = {
        each.name: hints[each.name] if each.default is MISSING else NotRequired[hints[each.name]]
        for each in said
    }
    kind: Any = TypedDict(f"{event_class.__name__}Facts", shape)  # type: ignore[misc] # made here
    defaults = {each.name: each.default for each in said if each.default is not MISSING}
    decoder: msgspec.json.Decoder[Facts] = msgspec.json.Decoder(kind)
    return decoder.decode, defaults


def _is_plain(field: Field[Any]) -> bool:
    return field.init and field.default_factory is MISSING


def _no_way(_: str) -> Facts:
    raise ValueError("the class makes its fields otherwise")
