"""Metrics and JSON tell whatever figures there are, and tell the same."""

import json

from hypothesis import given, settings
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import CollectorRegistry

from application.watching.alarms import alarms
from application.watching.figures import PARTS, CombinerFigures, Figures, Missing
from application.watching.ports import Lookout
from application.watching.thresholds import Thresholds
from interfaces.watching.catalogue import LEDGER
from interfaces.watching.collecting import LedgerCollector, combiner_families, exposition
from interfaces.watching.documents import document_of
from interfaces.watching.families import families
from interfaces.watching.watch import Seen, Watch
from tests.support.figures import COMBINER, any_figures, figures

FEW = settings(max_examples=40)
KNOWN = {each.name: each for each in LEDGER}


class Found(Lookout):
    """Finds this."""

    def __init__(self, found: Figures) -> None:
        self.found = found

    def look(self) -> Figures:
        return self.found


@FEW
@given(any_figures())
def test_every_metric_is_told_once_with_the_labels_of_the_catalogue(found: Figures) -> None:
    told = list(families(Seen(found, alarms(found))))
    assert [family.name for family in told] == list(KNOWN)
    for family in told:
        for sample in family.samples:
            assert set(sample.labels) == set(KNOWN[sample.name].labels)
    seen = [(each.name, tuple(each.labels.items())) for family in told for each in family.samples]
    names = [each.name for each in found.projections] if isinstance(found.projections, list) else []
    assert len(set(seen)) == len(seen) or len(set(names)) < len(names)


@FEW
@given(any_figures())
def test_what_is_not_there_has_no_sample(found: Figures) -> None:
    told = {family.name: family.samples for family in families(Seen(found, alarms(found)))}
    assert bool(told["dynasty_log_sealed_position"]) != isinstance(found.seal, Missing)
    assert bool(told["dynasty_leases"]) != isinstance(found.leases, Missing)
    assert bool(told["dynasty_effects"]) != isinstance(found.effects, Missing)
    read = {sample.labels["part"]: sample.value for sample in told["dynasty_watch_part_read"]}
    assert read == {
        part: int(getattr(found, part) is not Missing.UNREAD)
        for part in PARTS
        if getattr(found, part) is not Missing.ABSENT
    }


@FEW
@given(any_figures())
def test_a_scrape_can_be_read(found: Figures) -> None:
    registry = CollectorRegistry()
    watch = Watch(Found(found), Thresholds())
    registry.register(LedgerCollector(watch, lambda: COMBINER))
    read = list(text_string_to_metric_families(exposition(registry).decode()))
    assert {family.name.removesuffix("_total") for family in read} >= {
        name.removesuffix("_total") for name in KNOWN
    }


@FEW
@given(any_figures())
def test_json_holds_every_part_or_says_why_not(found: Figures) -> None:
    document = json.loads(json.dumps(document_of(Seen(found, alarms(found)))))
    missing = {*document["absent"], *document["unread"]}
    assert {part for part in PARTS if document[part] is None} == missing
    assert [each["name"] for each in document["alarms"]] == [each.name for each in alarms(found)]


def test_batches_are_counted_up_to_each_size() -> None:
    counts = CombinerFigures(
        waiting=3, in_flight=2, batches=6, appends=20, stored=18, replayed=1, conflicts=1,
        refused=0, turned_away=5, largest_batch=9, batch_sizes={16: 1, 1: 3, 4: 2},
    )  # fmt: skip
    told = {family.name: family.samples for family in combiner_families(counts)}
    batches = told["dynasty_combiner_batch_appends"]
    assert {
        sample.labels["le"]: sample.value for sample in batches if sample.name.endswith("_bucket")
    } == {"1": 3, "4": 5, "16": 6, "+Inf": 6}
    (waiting,) = told["dynasty_combiner_waiting_appends"]
    assert waiting.value == 3
    (turned_away,) = told["dynasty_combiner_turned_away"]
    assert turned_away.value == 5


def test_a_process_that_never_opened_the_ledger_tells_nothing_of_its_combiner() -> None:
    assert not any(family.samples for family in combiner_families(Missing.ABSENT))


def test_a_ledger_that_nobody_can_see_is_told_of_as_such() -> None:
    told = {family.name: family.samples for family in families(None)}
    (up,) = told.pop("dynasty_database_up")
    assert up.value == 0
    assert not any(told.values())


def test_an_alarm_counts_what_it_is_about() -> None:
    found = figures(redis_up=False)
    told = {family.name: family.samples for family in families(Seen(found, alarms(found)))}
    values = {each.labels["alarm"]: each.value for each in told["dynasty_alarm"]}
    assert values["redis-down"] == 1
    assert sum(values.values()) == 1
