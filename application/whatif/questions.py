"""A what-if question: over which accounts, until when, under what, with what changed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from application.exports.lines import moment_text
from application.whatif.errors import QuestionRefused
from domain.accounts.counterfactuals.asking import WITHOUT_MAX, Counterfactual, size_of
from domain.documents import Place
from domain.market.calendar import previous_trading_day, session_close
from domain.market.holidays import LAST_DAY
from domain.rules.canonical import document_of, hash_of
from domain.rules.pack import RulePack
from domain.rules.reading import read_pack

_TRADE_ID_LENGTH_MAX = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """`pack` None judges every account under its own. `account` and `plan` None: all accounts.

    The times are effective times. A history ends before its first event at or after `end`, and time
    passes up to there on both sides; an account counts when something happened to it at or after
    `start`, be it only that time broke a rule. `alike` leaves accounts out that were opened for
    another phase or starting balance than the pack is for.
    """

    pack: RulePack | None = None
    asked: Counterfactual = field(default_factory=Counterfactual)
    account: UUID | None = None
    plan: str | None = None
    alike: bool = False
    start: datetime | None = None
    end: datetime | None = None


def checked(question: Question) -> Question:
    """The same question. Refuses with QuestionRefused."""
    if question.pack is None and question.asked.asks_nothing:
        raise QuestionRefused(
            "Nothing would be different. Name a pack to judge by, or what should have been traded"
            " less."
        )
    if question.alike and question.pack is None:
        raise QuestionRefused("Accounts are alike to a pack; name the pack to judge by.")
    if question.account is not None and question.plan is not None:
        raise QuestionRefused("Name one account or one plan, not both.")
    if question.asked.without and question.account is None:
        raise QuestionRefused("A trade belongs to one account; name it when leaving a trade out.")
    if question.start and question.end and question.start >= question.end:
        raise QuestionRefused("The window ends before it begins; exchange its two times.")
    if question.end and question.end >= session_close(previous_trading_day(LAST_DAY)):
        raise QuestionRefused(
            f"Time passes up to the end of the window, and the trading calendar ends on {LAST_DAY};"
            " ask for an earlier end."
        )
    return question


def question_document(question: Question) -> dict[str, Any]:
    """The question as JSON, to be read again by `question_of`."""
    asked = question.asked
    return {
        "pack": None if question.pack is None else document_of(question.pack),
        "account": None if question.account is None else str(question.account),
        "plan": question.plan,
        "alike": question.alike,
        "from": time_text(question.start),
        "to": time_text(question.end),
        "size": str(asked.size),
        "stop_after_first_loss": asked.stop_after_first_loss,
        "without": sorted(asked.without),
    }


def question_of(document: dict[str, Any]) -> Question:
    """The question that a document says. Refuses as its parts do."""
    at = Place(document).fields(
        required=("size", "stop_after_first_loss", "without"),
        optional=("pack", "account", "plan", "alike", "from", "to"),
    )
    trades = at["without"].items(at_most=WITHOUT_MAX)
    asked = Counterfactual(
        size=size_of(at["size"].text()),
        stop_after_first_loss=at["stop_after_first_loss"].flag(),
        without=frozenset(each.text(at_most=_TRADE_ID_LENGTH_MAX) for each in trades),
    )
    return checked(
        Question(
            pack=read_pack(at["pack"]) if "pack" in at else None,
            asked=asked,
            account=UUID(at["account"].text()) if "account" in at else None,
            plan=at["plan"].text() if "plan" in at else None,
            alike=at["alike"].flag() if "alike" in at else False,
            start=at["from"].moment() if "from" in at else None,
            end=at["to"].moment() if "to" in at else None,
        )
    )


def new_pack_hash(question: Question) -> str | None:
    """The hash of the pack that is asked about; None when accounts keep their own."""
    return None if question.pack is None else hash_of(question.pack)


def time_text(moment: datetime | None) -> str | None:
    """A moment as documents write it, or null."""
    return None if moment is None else moment_text(moment)
