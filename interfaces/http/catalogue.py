"""The event catalogue: every type of event there is, with the JSON Schema of its payload."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pkgutil import walk_packages
from typing import Annotated, Any, Final

import msgspec
from fastapi import Path
from pydantic import Field

import domain
from application.errors import StreamNotFound
from domain.kernel import CreationEvent, Event
from interfaces.http.fields import Wire
from interfaces.http.guard import guarded_router
from interfaces.http.problem_models import refusals

router = guarded_router(tag="events")

# In the envelope of every event, not in its payload.
_ENVELOPE: Final = ("originator_id", "originator_version", "timestamp")


class EventTypeSummaryOut(Wire):
    """A type of event in the list."""

    type: str = Field(description="Permanent", examples=["account.trade_recorded"])
    version: int = Field(description="Of the payload's schema", examples=[1])
    description: str = Field(examples=["The platform reported a closed round trip."])


class EventTypeOut(EventTypeSummaryOut):
    """A type of event and the schema of its payload."""

    begins_a_stream: bool = Field(examples=[False])
    payload_schema: dict[str, Any] = Field(
        description="JSON Schema (2020-12)",
        examples=[{"type": "object", "properties": {"trade_id": {"type": "string"}}}],
    )


class EventTypesOut(Wire):
    """The whole catalogue, by type."""

    data: list[EventTypeSummaryOut]


@router.get("/events/catalogue", summary="List event types", responses=refusals())
def list_event_types() -> EventTypesOut:
    """Every type of event that this release writes or reads."""
    return EventTypesOut(
        data=[
            EventTypeSummaryOut(
                type=event_type, version=event.class_version, description=_sentence(event)
            )
            for event_type, event in _catalogue().items()
        ]
    )


@router.get(
    "/events/catalogue/{event_type}",
    summary="Read an event type",
    responses=refusals("not-found"),
)
def get_event_type(
    event_type: Annotated[
        str, Path(max_length=200, description="Its name", examples=["account.trade_recorded"])
    ],
) -> EventTypeOut:
    """One type of event with the JSON Schema of its payload."""
    event = _catalogue().get(event_type)
    if event is None:
        raise StreamNotFound("There is no such event type; list the catalogue for all of them.")
    return EventTypeOut(
        type=event_type,
        version=event.class_version,
        description=_sentence(event),
        begins_a_stream=issubclass(event, CreationEvent),
        payload_schema=_payload_schema(event),
    )


@cache
def _catalogue() -> Mapping[str, type[Event]]:
    """The event classes of the domain, by type."""
    found: dict[str, type[Event]] = {}
    for module in walk_packages(domain.__path__, "domain."):
        if module.name.endswith(".events"):
            for _, each in inspect.getmembers(import_module(module.name), inspect.isclass):
                if issubclass(each, Event) and "TOPIC" in vars(each):
                    found[each.TOPIC] = each
    return dict(sorted(found.items()))


@cache
def _payload_schema(event: type[Event]) -> dict[str, Any]:
    """The schema of an event's class, without what its envelope says."""
    (schema,), components = msgspec.json.schema_components([event], ref_template="#/$defs/{name}")
    own = components.pop(schema["$ref"].rpartition("/")[2])
    own["properties"] = {
        name: each for name, each in own["properties"].items() if name not in _ENVELOPE
    }
    own["required"] = [name for name in own["required"] if name not in _ENVELOPE]
    own["description"] = inspect.getdoc(event)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **own,
        **({"$defs": components} if components else {}),
    }


def _sentence(event: type[Event]) -> str:
    return " ".join((inspect.getdoc(event) or "").split("\n\n")[0].split())
