"""The OpenAPI document: complete, with examples that hold, and the same as the one in the tree."""

import inspect
from pathlib import Path
from typing import Any

import pytest
from fastapi.routing import APIRoute
from pydantic import TypeAdapter

from interfaces.http.app import routes_only
from interfaces.http.openapi import codes_of, document_of
from interfaces.http.permissions import PERMISSIONS
from interfaces.http.problem_models import MEDIA_TYPE, ProblemOut
from interfaces.http.problem_table import KINDS
from interfaces.http.reference import documents
from tests.api.walking import OPERATIONS, Operation, name_of, openapi

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", documents())
def test_made_documents_are_as_the_code_says(name: str) -> None:
    remake = "make them again with `python -m interfaces.http.reference`"
    assert (ROOT / name).read_text() == documents()[name], remake


@pytest.mark.parametrize("operation", OPERATIONS, ids=name_of)
class TestOperation:
    def test_says_what_it_does(self, operation: Operation) -> None:
        assert operation.spec["summary"]
        assert operation.spec["description"]

    def test_is_named_after_its_function(self, operation: Operation) -> None:
        named = [each for each in _routes() if each.name == operation.name]
        assert [inspect.unwrap(each.endpoint).__name__ for each in named] == [operation.name]

    def test_has_an_example_of_every_answer(self, operation: Operation) -> None:
        for status, response in operation.spec["responses"].items():
            for media in response["content"].values():
                assert {"example", "examples"} & media.keys(), status

    def test_lists_its_problems_under_their_status(self, operation: Operation) -> None:
        for status, response in operation.spec["responses"].items():
            examples = response["content"].get(MEDIA_TYPE, {}).get("examples", {})
            assert all(str(KINDS[code].status) == status for code in examples)

    def test_asks_for_a_token_unless_it_is_public(self, operation: Operation) -> None:
        guarded = operation.spec.get("security") == [{"bearer": []}]
        assert guarded == (operation.name in PERMISSIONS)


def _routes() -> list[APIRoute]:
    return list(_found(routes_only().routes))


def _found(routes: Any) -> Any:
    for each in routes:
        if isinstance(each, APIRoute):
            yield each
        else:
            yield from _found(getattr(getattr(each, "original_router", None), "routes", ()))


@pytest.mark.parametrize("route", _routes(), ids=lambda route: route.name)
def test_examples_are_answers_that_the_route_could_give(route: APIRoute) -> None:
    operation = next(each for each in OPERATIONS if each.name == route.name)
    status = str(route.status_code or 200)
    content = operation.spec["responses"][status]["content"]
    if route.response_field and "application/json" in content:
        example = content["application/json"]["example"]
        answered = TypeAdapter(route.response_model).validate_python(example)
        assert answered.model_dump(mode="json", by_alias=True) == example


def test_every_problem_has_an_example_that_is_one() -> None:
    mentioned = {code for each in OPERATIONS for code in codes_of(each.spec)}
    examples = openapi()["components"]["examples"]
    assert examples.keys() == mentioned
    for code, example in examples.items():
        assert ProblemOut.model_validate(example["value"]).code == code


def test_the_document_is_made_once() -> None:
    app = routes_only()
    assert document_of(app) is document_of(app)
