"""A verdict in words: what it is called, and why it was given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from application.audit.documents import meaning_of
from domain.accounts.events import AccountEvent, RuleViolated
from domain.accounts.events_corrections import RevisionDecided
from domain.kernel import Event
from domain.money import USD
from domain.rules.explanations import Witness, explain
from projections.sentences import sentence_of
from projections.sentences_corrections import decision

_TITLES: Final = {
    "account.rule_violated": "A rule was broken",
    "account.failed": "The account failed",
    "account.day_locked": "The day was locked",
    "account.passed": "The account passed",
    "account.payout_requested": "A payout was requested",
    "account.payout_approved": "A payout was approved",
    "account.payout_rejected": "A payout was rejected",
    "account.payout_cancelled": "A payout was cancelled",
    "account.payout_paid": "A payout was paid",
    "account.revision_decided": "A person decided on a revised outcome",
}


def title_of(event_type: str) -> str:
    """What a verdict is called: a heading."""
    plain = event_type.partition(".")[2].replace("_", " ")
    return _TITLES.get(event_type, plain[:1].upper() + plain[1:])


def why(verdict: Mapping[str, Any], event: AccountEvent) -> str:
    """One sentence: by the rule that was broken, if one was; else what was decided on."""
    if verdict["type"] == "account.rule_violated":
        return explain_facts(verdict["facts"])
    if verdict["kind"] in ("breach", "lock") and verdict["violations"]:
        return explain_facts(verdict["violations"][0]["facts"])
    return sentence_of(event, balance=USD.of(verdict["standing"]["balance"]))


def explain_facts(facts: Mapping[str, Any]) -> str:
    """Why a rule was broken, from the payload of the violation."""
    return explain(
        Witness(
            rule=facts["rule"],
            effect=facts["effect"],
            observed=facts["observed"],
            limit=facts["limit"],
            unit=facts["unit"],
            subject=facts["subject"],
            threshold=facts["threshold"],
        )
    )


def summary_of(event: Event) -> str:
    """A verdict in one sentence, from the event alone."""
    if isinstance(event, RuleViolated):
        return explain_facts(vars(event))
    if isinstance(event, RevisionDecided):
        return decision(event)
    return meaning_of(event)
