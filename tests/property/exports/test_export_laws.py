"""What holds for an export of any events."""

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from application.exports.lines import line_of
from application.exports.verifying import verify
from application.log import LogSelection, RecordedEvent
from infrastructure.event_store.codec import encode_canonical
from tests.unit.exports.memory import MemoryLog, exported, recorded

unhurried = settings(deadline=None)  # Files are slow on a busy machine.

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
"""Whatever UTF-8 can say."""

values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
payloads = st.dictionaries(texts, values, max_size=4).map(
    lambda each: encode_canonical(each).decode()
)

moments = st.datetimes(
    min_value=datetime(1900, 1, 1),  # noqa: DTZ001 - the zone is drawn beside it.
    max_value=datetime(2200, 1, 1),  # noqa: DTZ001
    timezones=st.timezones(),
)


@st.composite
def events(draw: st.DrawFn) -> Sequence[RecordedEvent]:
    """A short log, with anything in the fields that people fill."""
    return [
        recorded(ledger_seq)._replace(
            payload=draw(payloads),
            actor=draw(texts),
            reason=draw(st.none() | texts),
            causation_id=draw(st.none() | texts),
            effective_at=draw(moments),
        )
        for ledger_seq in range(1, draw(st.integers(0, 8)) + 1)
    ]


@unhurried
@given(events())
def test_every_line_is_its_own_canonical_form(log: Sequence[RecordedEvent]) -> None:
    for event in log:
        line = line_of(event).decode()
        said = json.loads(line)
        again = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        assert again == line
        assert "\n" not in line
        assert said["payload"] == json.loads(event.payload)
        assert (said["actor"], said["reason"]) == (event.actor, event.reason)


@unhurried
@given(
    log=events(),
    actor=st.sampled_from([None, "system"]),
    types=st.sampled_from([None, ["account.opened"], ["account.opened", "account.failed"]]),
    events_per_file=st.integers(1, 5),
)
def test_every_export_is_sound_and_holds_its_selection(
    log: Sequence[RecordedEvent],
    actor: str | None,
    types: Sequence[str] | None,
    events_per_file: int,
) -> None:
    selection = LogSelection(actor=actor, event_types=types)
    held = MemoryLog(log)
    with TemporaryDirectory() as temporary:
        directory = Path(temporary) / "x"
        made = exported(held, directory, selection, events_per_file=events_per_file)
        findings = verify(directory, expected_sha256=made.manifest_sha256)
        lines = b"".join(each.read_bytes() for each in sorted(directory.glob("*.jsonl")))
    assert findings.faults == ()
    assert lines == b"".join(line_of(each) + b"\n" for each in held.stream(selection))
    assert findings.events == made.manifest["events"] == lines.count(b"\n")
