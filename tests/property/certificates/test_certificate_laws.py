"""What holds for the certificate of any verdict."""

from hypothesis import given, settings

from application.certificates.documents import text_of
from application.certificates.verifying import verify_certificate
from tests.support.certificates import CODEC, certificate_for, lived, verdicts_of
from tests.support.histories import History, histories

unhurried = settings(deadline=None)  # A busy machine proves nothing.


@unhurried
@given(history=histories(steps_min=6))
def test_every_verdict_has_one_that_verifies(history: History) -> None:
    events = lived(history)
    for verdict in verdicts_of(events):
        made = certificate_for(events, verdict)
        findings = verify_certificate(made.text.encode(), CODEC)
        assert findings.differences == ()
        assert findings.document == made.document
        assert made.text == text_of(made.document)


@unhurried
@given(history=histories(steps_min=6))
def test_it_ends_with_what_the_report_of_its_verdict_brought_about(history: History) -> None:
    events = lived(history)
    for verdict in verdicts_of(events):
        document = certificate_for(events, verdict).document
        last = document["steps"][-1]
        assert last["version"] <= document["verdict"]["version"] <= last["last_version"]
        assert len(document["events"]) == last["last_version"]
        covered = [at for each in document["steps"]
                   for at in range(each["version"], each["last_version"] + 1)]  # fmt: skip
        assert covered == list(range(1, len(document["events"]) + 1))


@unhurried
@given(history=histories(steps_min=6))
def test_later_events_change_nothing_of_it(history: History) -> None:
    events = lived(history)
    for verdict in verdicts_of(events)[:3]:
        whole = certificate_for(events, verdict)
        shorter = events[: len(whole.document["events"])]
        assert certificate_for(shorter, verdict).text == whole.text
