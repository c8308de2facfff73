"""The problem document, and how routes declare which problems they answer with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

from interfaces.http.problem_table import KINDS, page_of

MEDIA_TYPE: Final = "application/problem+json"
_EXAMPLE_REQUEST: Final = "0199f3c2-7f00-7000-8000-0000000000aa"
_REFERENCE: Final = "#/components/schemas/{model}"
_EXAMPLE: Final = "#/components/examples/{code}"
COMMON: Final = ("token-missing", "token-refused", "not-permitted", "invalid-request")


class PlaceOut(BaseModel):
    """One thing that is wrong with a request."""

    location: str = Field(description="body, path, query or header", examples=["body"])
    pointer: str = Field(
        description="JSON pointer (RFC 6901) to the place, from the top of `location`",
        examples=["/entry_price"],
    )
    message: str = Field(examples=["Field required"])


class ProblemOut(BaseModel):
    """A problem (RFC 9457). Facts that belong to the code stand beside these members."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(
        description="The page of the code, relative to the service",
        examples=["/v1/errors/invalid-request"],
    )
    title: str = Field(examples=["Invalid request"])
    status: int = Field(examples=[422])
    detail: str = Field(
        description="What happened, and what to do about it",
        examples=["The request cannot be used as it is: /quantity: Field required."],
    )
    instance: str = Field(description="The path that was asked", examples=["/v1/accounts"])
    code: str = Field(description="Permanent; `title` may change", examples=["invalid-request"])
    request_id: str = Field(examples=[_EXAMPLE_REQUEST])
    retryable: bool = Field(
        description="Whether the same request with the same key may succeed later", examples=[False]
    )
    errors: list[PlaceOut] = Field(
        examples=[[{"location": "body", "pointer": "/quantity", "message": "Field required"}]]
    )


def refusals(*codes: str, public: bool = False) -> dict[int | str, dict[str, Any]]:
    """The problems of a route by status, each code with an example. Guarded routes have more."""
    by_status: dict[int | str, list[str]] = {}
    for code in (*(() if public else COMMON), *_with_archive(codes)):
        by_status.setdefault(KINDS[code].status, []).append(code)
    return {
        status: {
            "description": "Refused: " + ", ".join(f"`{code}`" for code in codes) + ".",
            "content": {
                MEDIA_TYPE: {
                    "schema": {"$ref": _REFERENCE.format(model=ProblemOut.__name__)},
                    "examples": {code: {"$ref": _EXAMPLE.format(code=code)} for code in codes},
                }
            },
        }
        for status, codes in sorted(by_status.items())
    }


def _with_archive(codes: Sequence[str]) -> Iterator[str]:
    """Whoever reads the log reads what was moved out of it, too."""
    for code in codes:
        yield code
        if code == "ledger-unavailable":
            yield from ("archive-unavailable", "archive-damaged", "archive-store-refused")


def problem_schemas() -> dict[str, Any]:
    """The schemas that `refusals` refers to."""
    own = ProblemOut.model_json_schema(ref_template=_REFERENCE)
    return {**own.pop("$defs"), ProblemOut.__name__: own}


def problem_example(code: str) -> dict[str, Any]:
    """The example that `refusals` refers to."""
    kind = KINDS[code]
    document = ProblemOut(
        type=page_of(code),
        title=kind.title,
        status=kind.status,
        detail=kind.remedy,
        instance="/v1/accounts",
        code=code,
        request_id=_EXAMPLE_REQUEST,
        retryable=kind.retryable,
        errors=[],
    )
    return {"summary": kind.title, "value": document.model_dump()}
