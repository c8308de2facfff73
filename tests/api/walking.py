"""The API as its own OpenAPI document describes it, to walk through."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from interfaces.http.app import routes_only
from interfaces.http.openapi import example_of
from interfaces.http.permissions import PERMISSIONS


@dataclass(frozen=True)
class Operation:
    """One operation; `path` has the examples of its parameters in it."""

    name: str
    method: str
    path: str
    template: str
    spec: dict[str, Any]
    body: Any


@cache
def openapi() -> dict[str, Any]:
    """The document, without a server behind it."""
    return routes_only().openapi()


def operations() -> Iterator[Operation]:
    """Every operation of the API."""
    for template, methods in openapi()["paths"].items():
        for method, spec in methods.items():
            yield Operation(
                name=spec["operationId"],
                method=method.upper(),
                path=_filled(template, spec),
                template=template,
                spec=spec,
                body=_body(spec),
            )


def _filled(template: str, spec: dict[str, Any]) -> str:
    for parameter in spec.get("parameters", ()):
        if parameter["in"] == "path":
            example = example_of(parameter["schema"], openapi())
            template = template.replace(f"{{{parameter['name']}}}", str(example))
    return template


def _body(spec: dict[str, Any]) -> Any:
    if "requestBody" not in spec:
        return None
    return example_of(spec["requestBody"]["content"]["application/json"]["schema"], openapi())


OPERATIONS = list(operations())
GUARDED = [each for each in OPERATIONS if each.name in PERMISSIONS]
PUBLIC = {"get_health", "get_readiness", "get_error_page"}


def name_of(operation: Operation) -> str:
    """For the names of tests."""
    return operation.name
