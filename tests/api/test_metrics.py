"""`GET /metrics`: what was done is counted, under labels that tell nothing of anybody."""

import re
from importlib.metadata import version
from math import inf
from uuid import uuid4

from prometheus_client.parser import text_string_to_metric_families

from interfaces.watching.catalogue import METRICS
from interfaces.watching.collecting import MEDIA_TYPE
from tests.api.world import World, trade, world_on
from tests.support.postgres import Database

Labels = tuple[tuple[str, str], ...]


def scraped(world: World) -> dict[tuple[str, Labels], float]:
    """Every sample by its name and labels."""
    answer = world.get("/metrics", "operator")
    assert (answer.status_code, answer.headers["content-type"]) == (200, MEDIA_TYPE)
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def value(samples: dict[tuple[str, Labels], float], name: str, **labels: str) -> float:
    return samples.get((name, tuple(sorted(labels.items()))), 0)


def grown(world: World, before: dict[tuple[str, Labels], float], name: str, **labels: str) -> float:
    """How much was counted since."""
    return value(scraped(world), name, **labels) - value(before, name, **labels)


class TestMetrics:
    def test_are_those_of_the_catalogue_and_of_the_process(self, world: World) -> None:
        text = world.get("/metrics", "operator").text
        told = set(re.findall(r"^# HELP (\w+) ", text, re.MULTILINE))
        assert {name for name in told if not name.startswith("process_")} == set(METRICS)

    def test_have_the_kind_and_the_help_of_the_catalogue(self, world: World) -> None:
        text = world.get("/metrics", "operator").text
        for each in METRICS.values():
            assert f"# HELP {each.name} {each.help}\n# TYPE {each.name} {each.kind}\n" in text

    def test_name_nobody(self, world: World) -> None:
        path = world.opened()
        world.post(f"{path}/trades", trade())
        world.get(path)
        world.catch_up()
        text = world.get("/metrics", "operator").text
        assert not re.search(r"acc_|trader_|[0-9a-f]{8}-[0-9a-f]{4}-|alice", text)

    def test_have_no_label_that_the_catalogue_does_not_have(self, world: World) -> None:
        world.opened()
        for name, labels in scraped(world):
            base = re.sub(r"_(?:bucket|sum|count)$", "", name)
            described = METRICS.get(name) or METRICS.get(base) or METRICS.get(f"{base}_total")
            if described:
                assert {label for label, _ in labels} - {"le"} == set(described.labels)

    def test_answer_without_a_database(self, database: Database) -> None:
        with world_on(database) as world:
            assert value(scraped(world), "dynasty_database_up") == 1
            runtime = world.runtime
            runtime.watch._lookout._conninfo += " dbname=gone"  # type: ignore[attr-defined]
            runtime.watch._looked_at = -inf
            found = scraped(world)
            assert value(found, "dynasty_database_up") == 0
            assert ("dynasty_log_head_position", ()) not in found
            assert (
                value(
                    found, "dynasty_process_info", service="api", version=version("dynasty-ledger")
                )
                == 1
            )


class TestRequests:
    def test_are_counted_by_the_unfilled_path(self, world: World) -> None:
        path, before = world.opened(), scraped(world)
        world.catch_up()
        for _ in range(3):
            world.get(path)
        labels = {"method": "GET", "route": "/v1/accounts/{account_id}"}
        assert grown(world, before, "dynasty_http_requests_total", status="200", **labels) == 3
        assert grown(world, before, "dynasty_http_request_seconds_count", **labels) == 3

    def test_of_no_route_and_no_method_are_counted_together(self, world: World) -> None:
        before = scraped(world)
        for _ in range(4):
            world.client.request(f"M{uuid4().hex}", f"/{uuid4()}")
        counted = grown(
            world, before, "dynasty_http_requests_total", method="other", route="none", status="404"
        )
        assert counted == 4

    def test_are_counted_by_the_code_of_their_problem(self, world: World) -> None:
        before = scraped(world)
        world.client.get("/v1/accounts")
        world.get("/v1/nothing")
        assert grown(world, before, "dynasty_http_problems_total", code="token-missing") == 1
        assert grown(world, before, "dynasty_http_problems_total", code="no-such-path") == 1


class TestCommands:
    def test_are_counted_by_what_came_of_them(self, world: World) -> None:
        path, before = world.opened(), scraped(world)
        world.post(f"{path}/trades", trade(), key="first")
        world.post(f"{path}/trades", trade(), key="first")
        world.post(f"{path}/trades", trade(), key="second")
        refused = world.post(f"{path}/trades", trade(quantity=2), key="third")
        found = scraped(world)
        assert refused.json()["code"] == "already-recorded-differently"

        def counted(outcome: str) -> float:
            labels = {"command": "RecordTrade", "outcome": outcome}
            name = "dynasty_commands_total"
            return value(found, name, **labels) - value(before, name, **labels)

        outcomes = ("done", "replayed", "unchanged", "refused", "failed")
        assert {each: counted(each) for each in outcomes} == {
            "done": 1, "replayed": 1, "unchanged": 1, "refused": 1, "failed": 0,
        }  # fmt: skip
        assert (
            grown(world, before, "dynasty_refusals_total", code="already-recorded-differently") == 1
        )
        name = "dynasty_command_seconds_count"
        assert grown(world, before, name, command="RecordTrade") == 4

    def test_are_timed_until_their_append_is_durable(self, world: World) -> None:
        path, before = world.opened(), scraped(world)
        world.post(f"{path}/trades", trade())
        assert grown(world, before, "dynasty_append_seconds_count") == 1
        assert grown(world, before, "dynasty_appended_events_total") >= 1


class TestTheLedger:
    def test_shows_how_far_its_projections_are(self, database: Database) -> None:
        with world_on(database) as world:
            world.opened()
            found = scraped(world)
            head = value(found, "dynasty_log_head_position")
            assert head > 0
            assert value(found, "dynasty_projection_lag_events", projection="trades") == head
            assert value(found, "dynasty_projection_lag_seconds", projection="trades") > 0
            world.catch_up()
            world.runtime.watch._looked_at = -inf
            found = scraped(world)
            assert value(found, "dynasty_projection_position", projection="trades") == head
            assert value(found, "dynasty_projection_lag_events", projection="trades") == 0
            assert value(found, "dynasty_projection_still_seconds", projection="trades") == 0

    def test_shows_alarms_that_are_given_and_those_that_are_silent(self, world: World) -> None:
        found = scraped(world)
        labels = {"alarm": "redis-down", "severity": "warning"}
        assert value(found, "dynasty_alarm", **labels) == 1
        assert value(found, "dynasty_redis_up") == 0
        silent = (("alarm", "effects-failed"), ("severity", "critical"))
        assert found["dynasty_alarm", silent] == 0
