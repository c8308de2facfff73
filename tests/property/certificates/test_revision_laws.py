"""What holds for certificates once the past of an account turned out to be another one."""

import json
from collections.abc import Sequence
from functools import cache

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from application.certificates.verifying import verify_certificate
from domain.accounts.events import AccountEvent
from domain.accounts.events_corrections import HistoryCorrected, RevisionDecided
from domain.documents import canonical_json
from tests.property.accounts.test_correction_laws import Told, lived, void
from tests.property.certificates.test_tampering import another, is_sound, leaves, put, value_at
from tests.support.certificates import (
    CODEC,
    certificate_for,
    checked,
    copied,
    revised,
    sealed,
    verdicts_of,
)
from tests.support.histories import History, Life, histories

unhurried = settings(
    deadline=None, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow]
)


def decide(life: Life, told: Told, *, applied: bool) -> None:
    """Settle every revision that awaits a person."""
    for each in list(told.account.state.revisions.values()):
        if each.decision is None:
            told.account.decide_revision(
                version=each.version,
                decision="applied" if applied else "dismissed",
                reason="Looked at.",
                at=life.clock,
            )
    told.keep()


def corrected(
    history: History, which: int, *, applied: bool
) -> tuple[Sequence[AccountEvent], Sequence[AccountEvent]]:
    """All events of a life that was corrected and settled, and those known before."""
    life, told = lived(history)
    before = told.history()
    void(life, told, which)
    assume(any(isinstance(each, HistoryCorrected) for each in told.events[len(before) :]))
    decide(life, told, applied=applied)
    return told.history(), before


@unhurried
@given(history=histories(steps_min=4), which=st.integers(0, 30), applied=st.booleans())
def test_every_verdict_of_a_corrected_life_has_one_that_verifies(
    *, history: History, which: int, applied: bool
) -> None:
    events, _ = corrected(history, which, applied=applied)
    for verdict in verdicts_of(events):
        made = certificate_for(events, verdict)
        findings = verify_certificate(made.text.encode(), CODEC)
        assert findings.differences == ()
        assert findings.document == made.document


@unhurried
@given(history=histories(steps_min=4), which=st.integers(0, 30), applied=st.booleans())
def test_what_was_pronounced_keeps_its_certificate_by_what_was_known_then(
    *, history: History, which: int, applied: bool
) -> None:
    events, before = corrected(history, which, applied=applied)
    for verdict in verdicts_of(before):
        assert certificate_for(events, verdict).text == certificate_for(before, verdict).text


@unhurried
@given(history=histories(steps_min=4), which=st.integers(0, 30), applied=st.booleans())
def test_a_decision_ends_the_account_as_its_certificate_says(
    *, history: History, which: int, applied: bool
) -> None:
    events, _ = corrected(history, which, applied=applied)
    for event in events:
        if isinstance(event, RevisionDecided):
            verdict = certificate_for(events, f"v{event.originator_version}").document["verdict"]
            assert verdict["standing"]["status"] == event.status_after
            assert not verdict["ends_account"] or event.status_after in ("failed", "passed")
            assert not verdict["ends_account"] or event.decision == "applied"


@cache
def settled() -> bytes:
    return certificate_for(revised()).text.encode()


@pytest.mark.parametrize("name", ["corrected", "verdict"])
@pytest.mark.parametrize("part", range(4))
def test_each_byte_of_what_is_a_decisions_own_counts(name: str, part: int) -> None:
    content = settled()
    assert is_sound(content)
    own = canonical_json({name: json.loads(content)[name]})[1:-1].encode()
    start = content.index(own)
    for at in range(start + part, start + len(own), 4):
        flipped = bytearray(content)
        flipped[at] ^= 2 << (at % 7)
        assert not is_sound(bytes(flipped)), f"byte {at}"


@unhurried
@given(at=st.integers(0), flip=st.integers(1, 255))
def test_any_byte_of_a_decisions_certificate_counts(at: int, flip: int) -> None:
    content = bytearray(settled())
    content[at % len(content)] ^= flip
    assert not is_sound(bytes(content))


@unhurried
@given(data=st.data())
def test_any_one_value_of_a_corrected_history_counts_though_the_digest_fits(
    data: st.DataObject,
) -> None:
    document = copied(certificate_for(revised()))
    paths = list(leaves(document["corrected"], ("corrected",)))
    path = data.draw(st.sampled_from(paths))
    put(document, path, data.draw(another(value_at(document, path))))
    findings = checked(sealed(document))
    assert findings.document is None
    assert findings.differences
