"""The reference pages that are made from the code; `python -m interfaces.http.reference` does it.

A test fails while the written ones differ from what the code says.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import Any, Final

from interfaces.http.app import routes_only
from interfaces.http.error_pages import error_page
from interfaces.http.openapi import codes_of, example_of
from interfaces.http.problem_models import MEDIA_TYPE
from interfaces.http.problem_table import KINDS
from interfaces.watching.reference import metrics_page, promised

PACKAGES: Final = ("domain", "application", "projections", "infrastructure", "interfaces")
_MADE: Final = "<!-- Made by `python -m interfaces.http.reference`; do not edit. -->"
_ERRORS: Final = f"""# Errors

{_MADE}

Every refusal has a permanent code.
Over HTTP it is a problem document (RFC 9457, `{MEDIA_TYPE}`);
its `type` is `/v1/errors/` and the code, where the service itself answers with the section below.
On the command line it is one line, the code and a sentence, and exit 2;
with `--json` it is an object of both.

A problem has `type`, `title`, `status`, `detail`, `instance`, `code`, `request_id`, `retryable`
and `errors`.
Each of `errors` has `location` (body, path, query or header), `pointer` (a JSON pointer) and
`message`.
Some codes add facts of their own, such as `expected` and `actual` of `stale-version`.
A client acts on `code` and `retryable`; `title` and `detail` are for people and may change.
"""
_API: Final = f"""# HTTP API

{_MADE}

The same as `/openapi.json` (OpenAPI 3.1), for reading.
Every answer carries `Request-Id`; send your own to choose it, and `traceparent` to join a trace.
Money is a decimal text with its currency, times are RFC 3339 in UTC, identifiers have a prefix.
Lists answer `data`, newest first, and `next_cursor`;
send that as `cursor`, alone, for the next page.

Each command answers `Ledger-Position`, unless it changed nothing.
Send it as `Ledger-Position-Min` with a query to see no older answer:
the query waits (`Prefer: wait=2`; one second unless told, five at the most),
then refuses with `projection-behind`.
While an account is parked behind an event that could not be taken in, questions about it are
refused with `account-parked`; a list that may hold its rows says so in `Ledger-Parked`, the number
of streams whose rows stand still.

Each command needs an `Idempotency-Key`;
a retry with the same key is done once and answered the same.
`If-Match` with an `ETag` refuses a command that was decided on an older version.
"""


def load_everything() -> None:
    """Import every module of the five packages, so that every class is known."""
    for name in PACKAGES:
        package = import_module(name)
        for module in walk_packages(package.__path__, f"{name}."):
            if not module.name.endswith("__main__"):
                import_module(module.name)


def documents() -> Mapping[str, str]:
    """Every made document by its path in the project."""
    load_everything()
    openapi = routes_only().openapi()
    return {
        "docs/reference/errors.md": errors_page(),
        "docs/reference/api.md": api_page(openapi),
        "docs/reference/metrics.md": metrics_page(made=_MADE),
        "tests/golden/metrics.txt": promised(),
        "tests/golden/openapi.json": json.dumps(openapi, indent=1, ensure_ascii=False) + "\n",
    }


def errors_page() -> str:
    """`docs/reference/errors.md`."""
    return "\n".join((_ERRORS, *(error_page(code) for code in sorted(KINDS)))).rstrip() + "\n"


def api_page(openapi: Mapping[str, Any]) -> str:
    """`docs/reference/api.md`."""
    parts = [_API]
    for path, methods in openapi["paths"].items():
        for method, operation in methods.items():
            heading = f"## {operation['summary']}\n\n`{method.upper()} {path}`\n"
            parts.append(heading + "".join(_operation(operation, openapi)))
    return "\n".join(parts).rstrip() + "\n"


def _operation(operation: Mapping[str, Any], openapi: Mapping[str, Any]) -> Iterator[str]:
    yield f"\n{operation['description']}\n"
    if parameters := operation.get("parameters"):
        yield "\n| parameter | in | needed | meaning |\n|---|---|---|---|\n"
        yield from (_parameter(each) for each in parameters)
    if body := operation.get("requestBody"):
        schema = body["content"]["application/json"]["schema"]
        yield f"\nBody:\n\n{_json(example_of(schema, openapi))}"
    for status, response in operation["responses"].items():
        if MEDIA_TYPE not in response["content"]:
            yield f"\nAnswers {status} with {_headers(response)}:\n\n{_examples(response)}"
    if refused := ", ".join(f"[`{code}`](errors.md#{code})" for code in codes_of(operation)):
        yield f"\nRefuses with {refused}.\n"


def _parameter(parameter: Mapping[str, Any]) -> str:
    meaning = parameter.get("description") or parameter["schema"].get("description", "")
    needed = "yes" if parameter["required"] else "no"
    return f"| `{parameter['name']}` | {parameter['in']} | {needed} | {meaning} |\n"


def _headers(response: Mapping[str, Any]) -> str:
    return ", ".join(f"`{name}`" for name in response["headers"])


def _examples(response: Mapping[str, Any]) -> str:
    shown: Sequence[Any] = [each["example"] for each in response["content"].values()]
    return "".join(
        f"```markdown\n{each.rstrip()}\n```\n" if isinstance(each, str) else _json(each)
        for each in shown
    )


def _json(value: Any) -> str:
    return f"```json\n{json.dumps(value, indent=2, ensure_ascii=False)}\n```\n"


if __name__ == "__main__":
    for name, text in documents().items():
        Path(name).write_text(text)
