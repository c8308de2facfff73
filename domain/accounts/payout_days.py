"""What every command on a payout begins with, and how it refuses."""

from __future__ import annotations

from datetime import date, datetime

from domain.accounts.errors import BeforeOpening, PayoutRefused
from domain.accounts.time_passing import pass_time
from domain.accounts.verdicts import Recording
from domain.market.calendar import trading_day_of
from domain.money import USD
from domain.rules.payouts import PayoutAnswer


def turn_for_payout(account: Recording, at: datetime) -> date:
    """The trading day of a moment. It may be closed already; what time alone breaks until then is
    pronounced, and a day before it that is open ends.

    The last day of a failed account is left to its own close.
    """
    if at < account.opened_at:
        raise BeforeOpening(
            f"This is dated {at.isoformat()}, before the account was opened at"
            f" {account.opened_at.isoformat()}; check the time.",
            opened_at=account.opened_at.isoformat(),
        )
    pass_time(account, at)
    return trading_day_of(at)


def refused(answer: PayoutAnswer, *, amount: USD, what: str) -> PayoutRefused:
    """The refusal with its whole table; `what` says what the payout is not."""
    steps = "; ".join(f"{code}: {step}" for code, step in answer.next_steps.items())
    return PayoutRefused(
        f"A payout of {amount} is {what}: {', '.join(answer.reasons)}. The most that can be drawn"
        f" now is {answer.maximum}. What is missing: {steps}.",
        reasons=list(answer.reasons),
        maximum=str(answer.maximum),
        rules=rows_of(answer),
    )


def rows_of(answer: PayoutAnswer) -> list[dict[str, object]]:
    """The table as plain documents, each unmet rule with its next step."""
    return [
        {**each.texts(), "met": each.met, "next_step": answer.next_steps.get(each.rule)}
        for each in answer.table
    ]
