"""A page for each code: what it means, and what to do. Open to all, so that links work."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.responses import PlainTextResponse

from domain.errors import DomainError
from interfaces.http.errors import NoSuchPath
from interfaces.http.problem_models import refusals
from interfaces.http.problem_table import KINDS

router = APIRouter(prefix="/v1", tags=["errors"])


class Markdown(PlainTextResponse):
    """Text with headings."""

    media_type = "text/markdown"


@router.get(
    "/errors/{code}",
    summary="Read the page of a code",
    response_class=Markdown,
    responses={
        200: {"content": {"text/markdown": {"example": "## `stale-version`\n\nStatus 412.\n"}}},
        **refusals("no-such-path", "invalid-request", public=True),
    },
)
def get_error_page(
    code: Annotated[
        str, Path(max_length=100, description="The `code` of a problem", examples=["stale-version"])
    ],
) -> Markdown:
    """What a code means and what to do about it, as Markdown."""
    if code not in KINDS:
        raise NoSuchPath("There is no such code; `code` of a problem is written as it came.")
    return Markdown(error_page(code))


def error_page(code: str) -> str:
    """The section of one code."""
    kind = KINDS[code]
    again = " The same request, with the same key, may succeed later." if kind.retryable else ""
    return "\n\n".join(
        (
            f"## `{code}`",
            f"Status {kind.status}: {kind.title}.{again}",
            *_meanings(code),
            f"What to do: {kind.remedy}",
            "",
        )
    )


def every_refusal(parent: type[DomainError] = DomainError) -> Iterator[type[DomainError]]:
    """Every class of refusal that this process has loaded."""
    for child in parent.__subclasses__():
        yield child
        yield from every_refusal(child)


def _meanings(code: str) -> Sequence[str]:
    """The docstrings of the classes that have the code, each once, in a lasting order."""
    texts = {
        inspect.getdoc(each) or "" for each in every_refusal() if vars(each).get("code") == code
    }
    return sorted(texts - {""})
