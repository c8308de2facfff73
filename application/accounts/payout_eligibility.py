"""What a trader may withdraw now, and what is missing: asked, and nothing recorded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from domain.accounts.payout_days import rows_of
from domain.accounts.payouts import answer_request, process_on
from domain.accounts.state import AccountState
from domain.money import USD
from domain.rules.payouts import PayoutAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class Eligibility:
    """The answer to one question; a request at the same moment would be answered the same."""

    answer: PayoutAnswer
    process_on: date

    @property
    def rules(self) -> list[dict[str, Any]]:
        """The table as plain documents, each unmet rule with its next step."""
        return rows_of(self.answer)


def eligibility_of(state: AccountState, *, amount: USD | None, at: datetime) -> Eligibility:
    """Whether this amount could be asked for; none stands for the most that could."""
    answer = answer_request(state, amount=amount, at=at)
    return Eligibility(answer=answer, process_on=process_on(state, at))
