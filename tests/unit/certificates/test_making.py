"""What a certificate is made of, and when none is made."""

import json

import pytest

from application.certificates.errors import HistoryNotReproduced, HistoryTooLong, NoVerdict
from application.certificates.making import EVENTS_MAX, make_certificate
from application.errors import StreamNotFound
from domain.kernel import UUID, Event
from tests.support.builders import (
    ACCOUNT,
    TUESDAY,
    approving,
    closing,
    earning,
    filling,
    marking,
    paying,
    requesting,
    trading,
)
from tests.support.certificates import (
    CODEC,
    AccountLog,
    certificate_for,
    checked,
    failed,
    log_of,
    told,
    verdicts_of,
)

LOCKED = told(marking("-1000.00"), daily_loss={"amount": "1000.00", "effect": "lock_day"})
PASSED = told(earning("1500.00"), closing(), profit_target="1500.00")
PAID = told(
    earning("1000.00"),
    closing(),
    requesting(),
    approving(),
    paying(),
    phase="funded",
    payout={"fraction_of_profit": "0.50"},
)
FLAGGED = told(
    trading(quantity=2),
    position_limits={"per_symbol": {"MES": 1}, "others": "forbidden"},
)


@pytest.mark.parametrize(
    ("events", "verdict", "kind", "last"),
    [
        (failed(), None, "breach", "account.failed"),
        (failed(), "v6", "breach", "account.rule_violated"),
        (LOCKED, None, "lock", "account.day_locked"),
        (PASSED, None, "pass", "account.passed"),
        (PAID, "v4", "payout_requested", "account.payout_requested"),
        (PAID, None, "payout_paid", "account.payout_paid"),
        (FLAGGED, None, "breach", "account.rule_violated"),
    ],
)
def test_each_kind_of_verdict_has_one(
    events: list[Event], verdict: str | None, kind: str, last: str
) -> None:
    document = certificate_for(events, verdict).document
    assert (document["verdict"]["kind"], document["verdict"]["type"]) == (kind, last)
    assert checked(document).document == document


def test_without_a_choice_it_is_of_the_verdict_that_ended_the_account() -> None:
    events = told(earning("1500.00"), closing(), filling(day=TUESDAY, quantity=9),
                  profit_target="1500.00",
                  position_limits={"per_symbol": {"MES": 1}})  # fmt: skip
    assert verdicts_of(events)
    assert certificate_for(events).document["verdict"]["ends_account"]


def test_a_verdict_is_named_by_its_event_as_well() -> None:
    events = failed()
    made = certificate_for(events, "v6")
    assert certificate_for(events, made.document["verdict"]["id"]).text == made.text


def test_a_failure_brings_the_violation_and_what_that_rests_on() -> None:
    verdict = certificate_for(failed()).document["verdict"]
    assert [each["facts"]["rule"] for each in verdict["violations"]] == ["max_loss"]
    assert [each["type"] for each in verdict["evidence"]] == [
        "account.trading_day_closed", "account.equity_marked", "account.rule_violated",
    ]  # fmt: skip
    assert verdict["standing"]["distance"]["floor"] == "0.00"


def test_nothing_is_in_it_of_who_recorded_what_and_why() -> None:
    text = certificate_for(failed()).text
    for secret in ("alice", "a secret of the staff", "cause-1", "c-1", "r-1"):
        assert secret not in text


def test_payloads_stand_as_the_log_stores_them() -> None:
    log, text = log_of(failed()), certificate_for(failed()).text
    for each in log.events:
        assert f'"payload":{each.payload},' in text


def test_an_account_without_a_verdict_has_none() -> None:
    with pytest.raises(NoVerdict):
        certificate_for(told(trading()))


@pytest.mark.parametrize("wanted", ["v2", "v99", str(UUID(int=404)), "", "v", "v01", "latest"])
def test_what_is_no_verdict_is_not_found(wanted: str) -> None:
    with pytest.raises(StreamNotFound):
        certificate_for(failed(), wanted)


def test_an_account_that_is_not_there_is_not_found() -> None:
    with pytest.raises(StreamNotFound):
        make_certificate(log_of(failed()), CODEC, UUID(int=404))


def test_more_events_than_one_holds_are_refused() -> None:
    events = failed()
    made = make_certificate(log_of(events), CODEC, ACCOUNT, events_max=len(events))
    assert len(made.document["events"]) == len(events) <= EVENTS_MAX
    with pytest.raises(HistoryTooLong):
        make_certificate(log_of(events), CODEC, ACCOUNT, events_max=len(events) - 1)


def test_a_log_that_does_not_come_to_its_own_verdict_has_no_certificate() -> None:
    log = log_of(failed())
    trade = log.events[1]
    payload = json.loads(trade.payload) | {"gross_units": 2_600_000}
    forged = trade._replace(payload=json.dumps(payload, sort_keys=True, separators=(",", ":")))
    changed = AccountLog([log.events[0], forged, *log.events[2:]])
    with pytest.raises(HistoryNotReproduced) as refusal:
        make_certificate(changed, CODEC, ACCOUNT)
    assert refusal.value.facts == {"place": "/events/1/payload/gross_units"}
