"""Whatever the log holds comes back out of its files to the last character."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from application.archiving.manifest import named, sha256_of
from application.exports.lines import line_of
from application.log import RecordedEvent
from infrastructure.archive.forms import ExactForms

FORMS = ExactForms()
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=40)
MOMENT = st.datetimes(
    # The strategy takes limits without a time zone.
    min_value=datetime(1, 1, 2),  # noqa: DTZ001
    max_value=datetime(9999, 12, 30),  # noqa: DTZ001
    timezones=st.just(UTC),
)
PAYLOAD = st.dictionaries(
    TEXT, TEXT | st.integers() | st.booleans() | st.none() | st.lists(TEXT, max_size=3), max_size=4
).map(lambda each: json.dumps(each, ensure_ascii=False, separators=(",", ":"), sort_keys=True))
EVENTS = st.lists(
    st.builds(
        RecordedEvent,
        ledger_seq=st.integers(1, 2**62),
        stream_id=st.uuids(),
        stream_version=st.integers(1, 2**31 - 1),
        event_id=st.uuids(),
        event_type=TEXT,
        schema_version=st.integers(1, 2**15 - 1),
        payload=PAYLOAD,
        actor=TEXT,
        correlation_id=st.none() | TEXT,
        causation_id=st.none() | TEXT,
        request_id=st.none() | TEXT,
        reason=st.none() | TEXT,
        effective_at=MOMENT,
        recorded_at=MOMENT,
        trace_context=st.none() | st.text("0123456789abcdef-", min_size=1, max_size=55),
    ),
    min_size=1,
    max_size=6,
    unique_by=lambda each: each.ledger_seq,
)


@given(EVENTS)
@settings(max_examples=60)
def test_lines_and_traces_lead_back_to_the_events(events: Sequence[RecordedEvent]) -> None:
    lines, traces = FORMS.lines(events), FORMS.traces(events)
    assert FORMS.events_of(lines, traces) == events
    assert (traces is None) == all(each.trace_context is None for each in events)
    assert [line_of(each) for each in FORMS.events_of(lines, traces)] == [
        line_of(each) for each in events
    ]


@given(EVENTS)
@settings(max_examples=60)
def test_parquet_leads_back_to_the_events(events: Sequence[RecordedEvent]) -> None:
    assert list(FORMS.rows_of(FORMS.table(events))) == events


@given(EVENTS)
@settings(max_examples=20)
def test_the_same_events_are_the_same_bytes(events: Sequence[RecordedEvent]) -> None:
    assert FORMS.lines(events) == FORMS.lines(list(events))
    assert FORMS.table(events) == FORMS.table(list(events))


def test_a_name_holds_the_hash_of_what_is_in_the_file() -> None:
    assert named("events-1", b"x", ".gz") == f"events-1-{sha256_of(b'x')[:16]}.gz"
