"""Names of metrics are promises, and whoever relies on them relies on ones that exist."""

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from application.watching.alarm_kinds import ALARMS
from interfaces.watching.catalogue import METRICS, Described

ROOT = Path(__file__).parents[2]
RULES = (ROOT / "docs" / "runbooks" / "alerts.yml").read_text()
ALERTS = re.split(r"^      - alert: ", RULES, flags=re.MULTILINE)[1:]
PAGES = sorted((ROOT / "docs").rglob("*.md"))
NAME = re.compile(r"\bdynasty_[a-z_]+[a-z]")
SUFFIXES = r"_(?:bucket|sum|count)$"
UNITS = (
    "_seconds",
    "_total",
    "_events",
    "_position",
    "_up",
    "_read",
    "_info",
    "_appends",
    "_bytes",
)
THINGS = {
    "dynasty_alarm", "dynasty_dead_letters", "dynasty_effects", "dynasty_engine_instances",
    "dynasty_engine_partitions", "dynasty_leases", "dynasty_log_archives",
    "dynasty_rebuilds_running",
}  # fmt: skip
"""Counted by what they are called."""

UNBOUNDED = {"account", "account_id", "trader", "path", "url", "user", "actor", "event", "stream"}


def known(name: str) -> Described | None:
    """The metric that a name or one of its series belongs to."""
    return METRICS.get(name) or METRICS.get(re.sub(SUFFIXES, "", name))


def said(alert: str) -> Mapping[str, str]:
    """The fields of an alert, each on one line."""
    folded = re.sub(r">-\n\s+", "", alert)
    folded = re.sub(r"\n {10}(?=\S)(?!severity|summary|runbook)", " ", folded)
    fields = re.findall(r"^ +(expr|for|severity|summary|runbook): (.+)$", folded, re.MULTILINE)
    return dict(fields)


@pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)
class TestAMetric:
    def test_says_its_unit_last(self, metric: Described) -> None:
        assert metric.name.endswith(UNITS) or metric.name in THINGS
        assert metric.name.endswith("_total") == (metric.kind == "counter")

    def test_says_what_it_is_in_a_sentence(self, metric: Described) -> None:
        assert re.fullmatch(r"[A-Z0-9].*\.", metric.help)

    def test_has_no_label_without_an_end(self, metric: Described) -> None:
        assert not metric.labels.keys() & UNBOUNDED
        assert all(metric.labels.values())


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert.partition("\n")[0])
class TestAnAlert:
    def test_asks_for_metrics_that_exist(self, alert: str) -> None:
        names = NAME.findall(said(alert)["expr"])
        assert names
        assert [name for name in names if known(name) is None] == []

    def test_asks_for_labels_that_they_have(self, alert: str) -> None:
        for name, labels in re.findall(r"(dynasty_\w+)\{([^}]*)\}", said(alert)["expr"]):
            metric = known(name)
            assert metric is not None
            assert set(re.findall(r"(\w+)(?:=~|!~|=|!=)", labels)) <= metric.labels.keys()

    def test_says_how_bad_it_is_and_which_page_helps(self, alert: str) -> None:
        fields = said(alert)
        assert fields["severity"] in {"critical", "warning"}
        assert (ROOT / fields["runbook"]).is_file()
        assert fields["summary"].strip('"').endswith(".")


def test_every_alarm_has_its_alert_as_bad_and_with_the_same_page() -> None:
    found = {}
    for alert in ALERTS:
        fields = said(alert)
        if named := re.search(r'dynasty_alarm\{alarm="([\w-]+)"\}', fields["expr"]):
            found[named[1]] = (fields["severity"], fields["runbook"])
    assert found == {
        name: (kind.severity, f"docs/{kind.runbook}.md") for name, kind in ALARMS.items()
    }


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_names_no_metric_that_is_not_there(page: Path) -> None:
    roles = {"dynasty_" + role for role in ("owner", "writer", "projector", "reader", "engine")}
    named = set(NAME.findall(page.read_text())) - roles - {"dynasty_worker", "dynasty_keeper"}
    assert {name for name in named if known(name) is None} == set()
