from dataclasses import FrozenInstanceError
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from domain.kernel import Event
from infrastructure.event_store.codec import decode_event, encode_payload, type_of
from infrastructure.event_store.errors import UnknownEventType, UnreadableEvent
from tests.integration.event_store.tally import NOON, Counted, Described, Renamed

STREAM = UUID("01890a5d-ac96-774b-bcce-b302099a8057")
CHICAGO = timezone(timedelta(hours=-6))


def described(**changed: Any) -> Described:
    facts: dict[str, Any] = {
        "at": datetime(2026, 1, 5, 6, 0, 0, 250, tzinfo=CHICAGO),
        "day": date(2026, 1, 5),
        "weight": Decimal("1.50"),
        "witness": STREAM,
        "colours": ("red", "blé"),
        "mood": "glad",
        "sizes": {"l": 2, "a": 1},
        **changed,
    }
    return Described(originator_id=STREAM, originator_version=3, timestamp=NOON, **facts)


def read(event_type: str, payload: str, *, schema_version: int = 1) -> Event:
    return decode_event(
        event_type=event_type,
        schema_version=schema_version,
        payload=payload,
        stream_id=STREAM,
        stream_version=3,
        effective_at=NOON,
        ledger_seq=41,
    )


class TestEncodePayload:
    def test_is_stable_to_the_byte(self) -> None:
        assert encode_payload(described()) == (
            '{"at":"2026-01-05T12:00:00.000250Z","colours":["red","blé"],"day":"2026-01-05",'
            '"mood":"glad","note":null,"sizes":{"a":1,"l":2},"weight":"1.50",'
            '"witness":"01890a5d-ac96-774b-bcce-b302099a8057"}'
        )

    def test_is_the_same_for_the_same_moment_in_another_zone(self) -> None:
        moment = described().at
        assert encode_payload(described(at=moment.astimezone(UTC))) == encode_payload(described())

    def test_is_the_same_after_reading_it_back(self) -> None:
        payload = encode_payload(described())
        assert encode_payload(read("tally.described", payload)) == payload

    @pytest.mark.parametrize(
        "changed", [{"weight": 1.5}, {"sizes": {"a": 1.0}}, {"colours": (("red", 2.5),)}]
    )
    def test_refuses_floats_at_any_depth(self, changed: dict[str, Any]) -> None:
        with pytest.raises(TypeError, match="no exact form"):
            encode_payload(described(**changed))

    def test_refuses_a_time_without_a_zone(self) -> None:
        with pytest.raises(TypeError, match="no time zone"):
            encode_payload(described(at=datetime(2026, 1, 5)))  # noqa: DTZ001 - the point of it.

    def test_needs_a_topic_of_its_own(self) -> None:
        class Recounted(Counted):
            pass

        with pytest.raises(TypeError, match="TOPIC"):
            type_of(Recounted)


class TestDecodeEvent:
    def test_gives_back_what_was_recorded(self) -> None:
        event = described()
        assert read("tally.described", encode_payload(event)) == event

    def test_upcasts_an_old_version(self) -> None:
        event = read("tally.renamed", '{"title":"sheep"}')
        assert isinstance(event, Renamed)
        assert event.subject == "sheep"
        with pytest.raises(FrozenInstanceError):
            event.subject = "goats"

    def test_leaves_the_newest_version_alone(self) -> None:
        event = read("tally.renamed", '{"subject":"sheep"}', schema_version=2)
        assert isinstance(event, Renamed)

    def test_names_an_unknown_type_and_its_position(self) -> None:
        with pytest.raises(UnknownEventType, match=r"position 41.*'tally\.lost'") as refusal:
            read("tally.lost", "{}")
        assert refusal.value.facts == {"event_type": "tally.lost", "ledger_seq": 41}

    @pytest.mark.parametrize(
        ("payload", "schema_version"),
        [('{"number":"one"}', 1), ("{}", 1), ("no json", 1), ('{"number":1}', 2)],
        ids=["wrong type", "missing field", "not json", "newer release"],
    )
    def test_names_what_it_cannot_read(self, payload: str, schema_version: int) -> None:
        with pytest.raises(UnreadableEvent, match="position 41"):
            read("tally.counted", payload, schema_version=schema_version)
