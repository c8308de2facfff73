"""The OpenAPI document: what FastAPI derives from the code, and an example of every answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from interfaces.http.permissions import PERMISSIONS
from interfaces.http.problem_models import MEDIA_TYPE, problem_example, problem_schemas

VERSION: Final = "1"
_ABOUT: Final = (
    "The ledger of a futures prop-trading firm: accounts, their trades and days, every verdict with"
    " its reason, and the audit trail. Every refusal is a problem document (RFC 9457) with a"
    " permanent `code` and a page."
)
_BEARER: Final = {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
_HEADERS: Final[Mapping[str, Mapping[str, Any]]] = {
    "Request-Id": {
        "description": "The id of this request; send your own in `Request-Id` to choose it.",
        "schema": {"type": "string"},
        "example": "0199f3c2-7f00-7000-8000-0000000000aa",
    },
    "Ledger-Position": {
        "description": "What the answer holds. Sent as `Ledger-Position-Min`: nothing older.",
        "schema": {"type": "string"},
        "example": "v1.iSc6ItDWAPfo_ZAF.hu5d7duRJg.ENfHuZKcOAKQn0jts4vZDg",
    },
    "Ledger-Parked": {
        "description": "Only while accounts are parked: the rows of so many stand still.",
        "schema": {"type": "string"},
        "example": "1",
    },
    "ETag": {
        "description": "The version of the account or of the pack, for `If-Match`.",
        "schema": {"type": "string"},
        "example": '"57"',
    },
    "Idempotent-Replayed": {
        "description": "`true` when the key was used before and this is the first answer again.",
        "schema": {"type": "string"},
        "example": "true",
    },
    "Location": {
        "description": "Where what was made is.",
        "schema": {"type": "string"},
        "example": "/v1/accounts/acc_0199f3c2-7f00-7000-8000-000000000001",
    },
}

_NOT_OF_THE_LEDGER: Final = (
    "event_types", "event_type", "whatif_run", "whatif_runs", "whatif_flips", "checkpoint",
    "_proof", "metrics",
)  # fmt: skip


# Reads of one thing that commands are decided on.
_TAGGED: Final = (
    "get_account", "get_payout", "get_payout_eligibility", "get_pack", "get_pack_version",
)  # fmt: skip


def document_of(app: FastAPI) -> dict[str, Any]:
    """The document, once; FastAPI serves it at `/openapi.json`."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title, version=app.version, description=_ABOUT, routes=app.routes
        )
        document["components"]["schemas"].update(problem_schemas())
        document["components"]["securitySchemes"] = {"bearer": _BEARER}
        for operation in operations_of(document):
            _complete(operation, document)
        document["components"]["headers"] = dict(_HEADERS)
        mentioned = {code for each in operations_of(document) for code in codes_of(each)}
        document["components"]["examples"] = {
            code: problem_example(code) for code in sorted(mentioned)
        }
        app.openapi_schema = document
    return app.openapi_schema


def operations_of(document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Every operation, with its method and path beside it."""
    for methods in document["paths"].values():
        yield from methods.values()


def codes_of(operation: Mapping[str, Any]) -> Iterator[str]:
    """The codes of the problems that an operation may answer with."""
    for response in operation["responses"].values():
        yield from response.get("content", {}).get(MEDIA_TYPE, {}).get("examples", ())


def _complete(operation: dict[str, Any], document: Mapping[str, Any]) -> None:
    name = operation["operationId"]
    if name in PERMISSIONS:
        operation["security"] = [{"bearer": []}]
        roles = ", ".join(sorted(PERMISSIONS[name]))
        operation["description"] += f"\n\nRoles: {roles}."
    for parameter in operation.get("parameters", ()):
        if parameter["name"] == "Idempotency-Key" or (
            parameter["name"] == "If-Match" and "428" in operation["responses"]
        ):
            parameter["required"] = True
    for status, response in operation["responses"].items():
        own = response.get("headers", {})
        response["headers"] = {
            **_headers(name, status, is_command="requestBody" in operation),
            **own,
        }
        for media in response.get("content", {}).values():
            if "schema" in media and not {"example", "examples"} & media.keys():
                media["example"] = example_of(media["schema"], document)


def _headers(name: str, status: str, *, is_command: bool) -> dict[str, Any]:
    names = ["Request-Id"]
    answered = status.startswith("2") and name in PERMISSIONS
    if answered and not name.endswith(_NOT_OF_THE_LEDGER):
        names.append("Ledger-Position")
        names += [] if is_command else ["Ledger-Parked"]
    if answered and (is_command or name in _TAGGED) and "whatif" not in name:
        names.append("ETag")
    if answered and is_command:
        names.append("Idempotent-Replayed")
    if status == "201" or (answered and name == "ask_whatif_run"):
        names.append("Location")
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def example_of(schema: Mapping[str, Any], document: Mapping[str, Any]) -> Any:
    """An example of a schema, put together out of the examples of its fields."""
    if "examples" in schema:
        return schema["examples"][0]
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return example_of(document["components"]["schemas"][name], document)
    if "anyOf" in schema:
        return example_of(schema["anyOf"][0], document)
    if schema.get("type") == "object":
        properties = schema.get("properties", {})
        return {name: example_of(each, document) for name, each in properties.items()}
    if schema.get("type") == "array":
        return [example_of(schema["items"], document)]
    return schema.get("const", schema.get("default"))
