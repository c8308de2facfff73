"""Certificates of what a person decided about an outcome that a correction changed."""

from typing import Any

import pytest

from application.certificates.verifying import verify_certificate
from domain.accounts.events_corrections import Decision
from domain.kernel import Event
from tests.support.certificates import (
    CODEC,
    certificate_for,
    checked,
    copied,
    failed,
    revised,
    sealed,
    verdicts_of,
)


def decided(events: list[Event]) -> dict[str, Any]:
    """The certificate of the decision that stands last."""
    return certificate_for(events, f"v{events[-1].originator_version}").document


def test_an_applied_revision_ends_the_account_and_is_what_it_ended_by() -> None:
    document = certificate_for(revised()).document
    verdict = document["verdict"]
    assert (verdict["kind"], verdict["type"]) == ("revision", "account.revision_decided")
    assert verdict["ends_account"] is True
    assert verdict["facts"]["status_after"] == "failed"
    assert checked(document).document == document


def test_a_dismissed_one_ends_nothing() -> None:
    verdict = decided(revised("dismissed"))["verdict"]
    assert (verdict["kind"], verdict["ends_account"]) == ("revision", False)
    assert verdict["standing"]["status"] == "active"


def test_it_shows_the_revised_outcome_and_what_came_late() -> None:
    corrected = decided(revised())["corrected"]
    revision, correction = corrected["revision"]["facts"], corrected["correction"]["facts"]
    assert (revision["rule"], revision["change"]) == ("max_loss", "appears")
    assert (revision["observed"], revision["limit"]) == ("47500.00", "48000.00")
    assert (correction["execution_id"], correction["correction"]) == ("late", "late")
    assert "restated" not in correction


def test_its_steps_are_those_of_the_history_as_it_really_was() -> None:
    steps = decided(revised())["corrected"]["steps"]
    (broken,) = [each for each in steps if each["found"]]
    assert broken["found"] == [{"type": "account.rule_violated", "rule": "max_loss"}]
    assert (broken["equity"], broken["floor"]) == ("47500.00", "48000.00")
    assert broken["distance"]["floor"] == "-500.00"
    assert [each["at"] for each in steps] == sorted(each["at"] for each in steps)
    assert steps[-1]["balance"] == "48100.00"


def test_it_rests_on_the_revision_and_its_correction() -> None:
    verdict = decided(revised())["verdict"]
    assert [each["type"] for each in verdict["evidence"]] == [
        "account.history_corrected", "account.verdict_revised",
    ]  # fmt: skip


def test_no_other_certificate_has_a_corrected_history() -> None:
    for verdict in verdicts_of(failed()):
        assert "corrected" not in certificate_for(failed(), verdict).document


@pytest.mark.parametrize("decision", ["applied", "dismissed"])
def test_another_decision_is_found(decision: Decision) -> None:
    document = copied(certificate_for(revised(decision), "v9"))
    facts = document["events"][8]["payload"]
    assert facts["decision"] == decision
    facts["decision"] = "dismissed" if decision == "applied" else "applied"
    findings = checked(sealed(document, hashes=True))
    assert findings.differences[0].pointer.startswith("/events/8/payload/")


@pytest.mark.parametrize("place", ["revision", "correction", "steps"])
def test_a_corrected_history_that_does_not_follow_is_found(place: str) -> None:
    document = copied(certificate_for(revised()))
    del document["corrected"][place]
    (found,) = checked(sealed(document)).differences
    assert found.pointer == f"/corrected/{place}"


def test_it_verifies_without_a_log() -> None:
    made = certificate_for(revised())
    assert verify_certificate(made.text.encode(), CODEC).document == made.document
