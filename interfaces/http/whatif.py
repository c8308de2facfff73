"""What a trader asks of its own account: half the size, no trades after the first loss."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query
from pydantic import Field

from application.errors import StreamNotFound
from application.whatif.answering import answer
from application.whatif.documents import answer_document
from application.whatif.errors import HistoryTooLong, TooManyAsked
from application.whatif.questions import Question, checked
from domain.accounts.counterfactuals.asking import WITHOUT_MAX
from interfaces.http.fields import AccountId, Wire
from interfaces.http.guard import guarded_router
from interfaces.http.ownership import insist_on_account
from interfaces.http.positions import READS, sealed
from interfaces.http.problem_models import refusals
from interfaces.http.reading import Reader, TheReader
from interfaces.http.whatif_models import Size, TradeId, asked_for

router = guarded_router(tag="what-if")


class WhatIfIn(Wire):
    """What should have been traded less; at least one of these."""

    size: Size = "1"
    stop_after_first_loss: bool = Field(
        default=False,
        strict=False,
        description="Nothing is opened after the first loss of a trading day",
        examples=[True],
    )
    without: list[TradeId] = Field(
        default=[],
        max_length=WITHOUT_MAX,
        description="Trades to leave out; once for each",
        examples=[[]],
    )


class WhatIfOut(Wire):
    """The account as it was and as it would be; see the reference of what-if documents."""

    status_before: str = Field(examples=["failed"])
    status_after: str = Field(description="`unknown` where no data says", examples=["active"])
    lives_on: bool = Field(
        description="It failed, its history ends there, and now it has not failed",
        examples=[True],
    )
    net_profit_before: str = Field(examples=["-1500.38"])
    net_profit_after: str | None = Field(description="Null where unknown", examples=["-740.19"])
    answer: dict[str, Any] = Field(
        description="The whole answer", examples=[{"flip_count": 3, "unknown": []}]
    )


@router.get(
    "/accounts/{account_id}/whatif",
    summary="Ask what an account would be had less been traded",
    responses=refusals(
        "not-found", "whatif-refused", "counterfactual-refused", "trade-not-in-history",
        "whatif-too-long", "whatif-busy", "ledger-unavailable", "database-unusable", *READS,
    ),
)  # fmt: skip
def get_account_whatif(
    account_id: AccountId, reader: TheReader, asked: Annotated[WhatIfIn, Query()]
) -> WhatIfOut:
    """The account's history under its own pack, judged as if less had been traded.

    A trader asks of its own account. Nothing is changed; ask as often as you like.
    """
    with reader.snapshot("accounts") as snapshot:
        insist_on_account(reader, snapshot, account_id)
    question = checked(
        Question(
            asked=asked_for(asked.size, asked.without, stop=asked.stop_after_first_loss),
            account=account_id,
        )
    )
    slots = reader.desk.whatif
    if not slots.acquire(blocking=False):
        raise TooManyAsked("Other questions are being answered. Ask again in a second.")
    try:
        return _answered(reader, question)
    finally:
        slots.release()


def _answered(reader: Reader, question: Question) -> WhatIfOut:
    histories = reader.desk.runtime.histories
    account, head = question.account, histories.head()
    assert account is not None, "the question is about one"
    found = histories.find(account=account, plan=None, last_seq=head)
    _refuse_too_long(reader, sum(each.events for each in found))
    reader.response.headers["Ledger-Position"] = sealed(reader.desk, head)
    for history in histories.read([account], last_seq=head):
        answered = answer(history, question)
        assert answered is not None, "without a window every history counts"
        document = answer_document(answered)
        return WhatIfOut(
            status_before=answered.status_before,
            status_after=answered.status_after,
            lives_on=answered.lives_on,
            net_profit_before=document["before"]["net_profit"],
            net_profit_after=document["after"]["net_profit"],
            answer=document,
        )
    raise StreamNotFound(f"There is no account acc_{account}; check the identifier.")


def _refuse_too_long(reader: Reader, events: int) -> None:
    limit = reader.desk.runtime.settings.whatif_events_max
    if events > limit:
        raise HistoryTooLong(
            f"The account has {events:,} events; {limit:,} are judged while you wait. An"
            " administrator asks the same as a job: POST /v1/whatif-runs.",
            events=events,
            limit=limit,
        )
