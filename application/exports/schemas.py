"""JSON Schemas of event payloads, as they lie beside the events of an export."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, get_type_hints

import msgspec

# An event type is known once its module is imported.
import domain.accounts.events
import domain.archives.events
import domain.exports.events
import domain.news.events
import domain.plans.events  # noqa: F401
from domain.kernel import Event

_ENVELOPE = frozenset({"originator_id", "originator_version", "timestamp"})


def event_types() -> Mapping[str, type[Event]]:
    """Every event type that this release knows, by its permanent name."""
    return {vars(each)["TOPIC"]: each for each in _descendants(Event) if "TOPIC" in vars(each)}


def payload_schema(event_class: type[Event]) -> dict[str, Any]:
    """The schema (draft 2020-12) of the payload of an event class at its newest version."""
    topic, version = event_class.TOPIC, event_class.class_version
    (schema,), parts = msgspec.json.schema_components([event_class])
    whole = parts.pop(event_class.__name__, schema)
    hints = get_type_hints(event_class)
    properties = {
        name: {**member, "format": "date-time"} if hints.get(name) is datetime else member
        for name, member in whole["properties"].items()
        if name not in _ENVELOPE
    }
    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:dynasty-ledger:event:{topic}:{version}",
        "title": topic,
        "description": " ".join((event_class.__doc__ or "").split()),
        "type": "object",
        "properties": properties,
        "required": [name for name in whole["required"] if name not in _ENVELOPE],
        "additionalProperties": False,
    }
    return {**document, "$defs": parts} if parts else document


def _descendants(parent: type[Event]) -> Iterator[type[Event]]:
    for child in parent.__subclasses__():
        yield child
        yield from _descendants(child)
