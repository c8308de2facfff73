"""What holds for every operation that the OpenAPI document lists."""

import httpx
import pytest

from interfaces.http import permissions
from interfaces.http.permissions import PERMISSIONS, Role
from interfaces.http.problem_table import KINDS
from tests.api.walking import GUARDED, OPERATIONS, PUBLIC, Operation, name_of
from tests.api.world import OTHER, TRADER, World

ROLES: list[Role] = sorted(permissions.ROLES)


def asked(world: World, operation: Operation, headers: dict[str, str]) -> httpx.Response:
    """The example request of an operation."""
    answer: httpx.Response = world.client.request(
        operation.method, operation.path, json=operation.body, headers=headers
    )
    return answer


def refused(answer: httpx.Response, *, status: int, code: str) -> bool:
    """Whether an answer is this problem."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["type"] == f"/v1/errors/{problem['code']}"
    assert problem["request_id"] == answer.headers["Request-Id"]
    assert problem["status"] == status == KINDS[problem["code"]].status
    return bool(problem["code"] == code)


def test_every_operation_is_guarded_or_known_to_be_public() -> None:
    assert {each.name for each in OPERATIONS} == PUBLIC | PERMISSIONS.keys()


@pytest.mark.parametrize("operation", GUARDED, ids=name_of)
class TestGuard:
    def test_refuses_whoever_has_no_token(self, world: World, operation: Operation) -> None:
        answer = asked(world, operation, {})
        assert refused(answer, status=401, code="token-missing")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")

    def test_refuses_a_token_of_another_secret(self, world: World, operation: Operation) -> None:
        forged = world.token()[:-4] + "AAAA"
        answer = asked(world, operation, {"Authorization": f"Bearer {forged}"})
        assert refused(answer, status=401, code="token-refused")

    def test_looks_at_the_token_before_the_body(self, world: World, operation: Operation) -> None:
        headers = {"content-type": "application/json"}
        answer = world.client.request(
            operation.method, operation.path, content=b"{", headers=headers
        )
        assert refused(answer, status=401, code="token-missing")

    @pytest.mark.parametrize("role", ROLES)
    def test_lets_through_the_roles_of_the_table(
        self, world: World, operation: Operation, role: Role
    ) -> None:
        headers = world.headers(role, Idempotency_Key=f"{operation.name}-{role}")
        answer = asked(world, operation, headers)
        permitted = role in PERMISSIONS[operation.name]
        assert (answer.status_code != 403) == permitted
        assert permitted or refused(answer, status=403, code="not-permitted")


@pytest.mark.parametrize(
    "operation",
    [each for each in GUARDED if "{account_id}" in each.template and each.method == "GET"],
    ids=name_of,
)
def test_an_account_of_another_trader_is_not_found(world: World, operation: Operation) -> None:
    own = world.opened(OTHER)
    world.catch_up()
    path = own + operation.template.removeprefix("/v1/accounts/{account_id}")
    for name, value in (("{violation}", "1"), ("{payout_id}", "p-1"), ("{verdict}", "v1")):
        path = path.replace(name, value)
    foreign = world.get(path, "trader", TRADER)
    assert refused(foreign, status=404, code="not-found")
    nowhere = world.get(path.replace(own, f"/v1/accounts/acc_{TRADER}"), "trader", TRADER)
    assert refused(nowhere, status=404, code="not-found")
    # Nothing tells the one from the other but the identifier that was sent.
    assert foreign.json()["title"] == nowhere.json()["title"]
    assert (
        foreign.json()["detail"].replace(own.rpartition("/")[2], f"acc_{TRADER}")
        == (nowhere.json()["detail"])
    )


@pytest.mark.parametrize("operation", OPERATIONS, ids=name_of)
def test_every_answer_is_documented(world: World, operation: Operation) -> None:
    headers = world.headers(Idempotency_Key=f"documented-{operation.name}")
    answer = asked(world, operation, headers)
    documented = operation.spec["responses"]
    assert str(answer.status_code) in documented
    if answer.headers["content-type"] == "application/problem+json":
        content = documented[str(answer.status_code)]["content"]["application/problem+json"]
        assert answer.json()["code"] in content["examples"]


@pytest.mark.parametrize("operation", OPERATIONS, ids=name_of)
def test_no_answer_is_kept_by_a_cache_but_pages_of_errors(
    world: World, operation: Operation
) -> None:
    answer = asked(world, operation, world.headers())
    cacheable = operation.name == "get_error_page"
    assert (answer.headers.get("Cache-Control") == "no-store") != cacheable
