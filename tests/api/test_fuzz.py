"""Whatever is sent, the service answers as documented and never fails."""

import json
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.api.walking import GUARDED, Operation
from tests.api.world import World

# The pools' threads take their jitter from `random`, at times while a strategy draws.
pytestmark = pytest.mark.filterwarnings(
    "ignore:Do not use the .random. module:hypothesis.errors.HypothesisDeprecationWarning"
)
FUZZ = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
ODD = st.sampled_from(
    ["", " ", "0", "-1", "9" * 30, "null", "\x00", "\n", "\u202e", "é", "💥", "'; --", "%", "%00",
     "../..", "acc_", "trader_", "true", "1e999", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z",
     "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-02-30", "v1.a.b.c", '"', "\\"]
)  # fmt: skip
TEXT = ODD | st.text(max_size=40)
VALUE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
HEADERS = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=60)
QUERIES = [each for each in GUARDED if each.method == "GET"]
COMMANDS = [each for each in GUARDED if each.method == "POST"]


def named(operation: Operation, place: str) -> list[str]:
    return [each["name"] for each in operation.spec["parameters"] if each["in"] == place]


@FUZZ
@given(data=st.data())
def test_queries_never_fail(world: World, data: st.DataObject) -> None:
    operation = data.draw(st.sampled_from([each for each in QUERIES if "parameters" in each.spec]))
    path = operation.path
    if data.draw(st.booleans()):
        path = path.replace(path.split("/")[-1], quote(data.draw(TEXT), safe=""))
    names = st.sampled_from([*named(operation, "query"), "other"])
    query = data.draw(st.dictionaries(names, TEXT, max_size=3))
    headers = data.draw(
        st.dictionaries(st.sampled_from(["Ledger-Position-Min", "Prefer"]), HEADERS, max_size=2)
    )
    answer = world.client.get(
        f"{path}?{urlencode(query)}", headers={**headers, **world.headers("support")}
    )
    assert answer.status_code in {200, 400, 404, 422}, answer.text


@FUZZ
@given(data=st.data())
def test_commands_never_fail(world: World, data: st.DataObject) -> None:
    operation = data.draw(st.sampled_from(COMMANDS))
    body: Any = dict(operation.body or {})
    fields = st.sampled_from([*body, "other"])
    changes = data.draw(st.dictionaries(fields, VALUE, max_size=3))
    body = data.draw(VALUE) if data.draw(st.integers(0, 9)) == 0 else body | changes
    headers = {
        "Content-Type": "application/json",
        "Idempotency-Key": data.draw(HEADERS),
        **data.draw(st.dictionaries(st.just("If-Match"), HEADERS, max_size=1)),
        **world.headers("admin"),
    }
    answer = world.client.request(
        operation.method, operation.path, content=json.dumps(body), headers=headers
    )
    assert answer.status_code in {201, 202, 400, 404, 409, 412, 422, 428, 429}, answer.text
