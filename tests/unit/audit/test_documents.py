"""Reasons and moments, as readers see them."""

from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

from application.audit.documents import meaning_of, moment_text, verdict_of
from domain.accounts.account import TradingAccount
from domain.money import USD
from tests.support.histories import BEGINNING, PACKS


def failed() -> TradingAccount:
    """An account that lost more than it may."""
    account = TradingAccount.open(
        account_id=UUID(int=1),
        trader_id=UUID(int=2),
        plan="static",
        pack=PACKS["static"],
        at=BEGINNING,
    )
    account.mark_equity(open_pnl=USD.of("-1500.01"), at=BEGINNING)
    return account


def test_a_verdict_says_what_it_compared_and_what_it_rests_on() -> None:
    violated = next(each for each in failed().pending_events if "observed" in vars(each))
    verdict = verdict_of(violated)
    assert (verdict["rule"], verdict["effect"]) == ("max_loss", "fail")
    assert (verdict["observed"], verdict["limit"]) == ("23499.99", "23500.00")
    assert 2 in verdict["evidence"]


def test_an_event_that_judges_nothing_has_no_verdict() -> None:
    assert verdict_of(failed().pending_events[0]) == {}


def test_every_event_says_its_meaning_in_one_sentence() -> None:
    for event in failed().pending_events:
        assert meaning_of(event).endswith(".")
        assert "\n" not in meaning_of(event)


def test_moments_are_utc() -> None:
    chicago = timezone(timedelta(hours=-6))
    assert moment_text(datetime(2026, 1, 5, 8, 30, tzinfo=chicago)) == "2026-01-05T14:30:00Z"
    assert moment_text(datetime(2026, 1, 5, microsecond=7, tzinfo=UTC)).endswith(".000007Z")
