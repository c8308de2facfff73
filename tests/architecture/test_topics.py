"""What is recorded is read for ever: topics are permanent, and each version of an event is kept.

`tests/golden/events/` holds the payload of one event of every version that was ever written, as the
log has it. A file is added with a new version, and none is changed or removed.
"""

import importlib
import json
import pkgutil
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

import domain
from domain.kernel import Aggregate, CreationEvent, Event
from infrastructure.event_store.codec import decode_event, encode_payload

GOLDEN = Path(__file__).parents[1] / "golden"
FILES = sorted((GOLDEN / "events").iterdir())
EVENT_TOPIC = re.compile(r"[a-z]+(_[a-z]+)*\.[a-z]+(_[a-z]+)*")
AGGREGATE_TOPIC = re.compile(r"[a-z]+(_[a-z]+)*")


def kinds(parent: type) -> Iterator[type]:
    """Every concrete descendant that the domain defines, and no test's."""
    children: list[type] = parent.__subclasses__()
    for child in children:
        if child.__module__.startswith("domain.") and child is not CreationEvent:
            yield child
        yield from kinds(child)


for found in pkgutil.walk_packages(domain.__path__, "domain."):
    importlib.import_module(found.name)
EVENTS: list[type[Event]] = sorted(kinds(Event), key=lambda kind: kind.__name__)
AGGREGATES = sorted(kinds(Aggregate), key=lambda kind: kind.__name__)
BY_TOPIC = {vars(kind)["TOPIC"]: kind for kind in EVENTS}


def test_topics_are_never_renamed_or_removed() -> None:
    promised = (GOLDEN / "topics.txt").read_text().split()
    actual = sorted(vars(kind)["TOPIC"] for kind in [*EVENTS, *AGGREGATES])
    assert actual == promised, "add the topic to tests/golden/topics.txt; take none away"


@pytest.mark.parametrize("kind", EVENTS)
def test_an_event_has_a_topic_of_its_own_and_says_what_happened(kind: type[Event]) -> None:
    assert EVENT_TOPIC.fullmatch(vars(kind)["TOPIC"])
    assert vars(kind).get("__doc__")


@pytest.mark.parametrize("kind", AGGREGATES)
def test_an_aggregate_has_a_topic_of_its_own_and_says_what_it_is(kind: type[Aggregate]) -> None:
    assert AGGREGATE_TOPIC.fullmatch(vars(kind)["TOPIC"])
    assert vars(kind).get("__doc__")


def test_no_two_share_a_topic() -> None:
    topics = [vars(kind)["TOPIC"] for kind in [*EVENTS, *AGGREGATES]]
    assert len(topics) == len(set(topics))


@pytest.mark.parametrize("kind", EVENTS)
def test_the_topic_of_an_event_begins_with_that_of_an_aggregate(kind: type[Event]) -> None:
    owner, _, _ = vars(kind)["TOPIC"].partition(".")
    assert owner in {vars(each)["TOPIC"] for each in AGGREGATES}


def test_each_version_of_each_event_is_kept_and_nothing_else() -> None:
    wanted = {
        f"{topic}.v{version}.json"
        for topic, kind in BY_TOPIC.items()
        for version in range(1, kind.class_version + 1)
    }
    assert {file.name for file in FILES} == wanted


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_what_was_recorded_is_still_read(file: Path) -> None:
    topic, version = file.stem.rsplit(".v", maxsplit=1)
    payload = file.read_text().removesuffix("\n")
    event = decode_event(
        event_type=topic,
        schema_version=int(version),
        payload=payload,
        stream_id=UUID(int=1),
        stream_version=2,
        effective_at=datetime(2026, 3, 2, 16, tzinfo=UTC),
        ledger_seq=3,
    )
    assert type(event) is BY_TOPIC[topic]
    if int(version) == event.class_version:
        assert encode_payload(event) == payload, "a changed event is a new version"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_kept_payload_names_every_field_of_its_version(file: Path) -> None:
    topic, version = file.stem.rsplit(".v", maxsplit=1)
    kind = BY_TOPIC[topic]
    if int(version) == kind.class_version:
        assert set(json.loads(file.read_text())) == set(kind.__annotations__) - {"TOPIC"}
