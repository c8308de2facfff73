"""A payout as the API shows it: where it is, and every decision with its table of rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal, TypeAlias

from pydantic import Field

from domain.rules.payout_table import COMPARISONS
from interfaces.http.fields import AccountId, Day, Moment, Money, TraderId, Wire, money_of
from interfaces.http.payout_bodies import PayoutId
from interfaces.http.reading import Row

PayoutStatus: TypeAlias = Literal["requested", "approved", "rejected", "cancelled", "paid"]
_DECISIONS: Final[tuple[PayoutStatus, ...]] = (
    "requested", "approved", "rejected", "cancelled", "paid",
)  # fmt: skip


class RuleOut(Wire):
    """One rule that a decision looked at."""

    rule: str = Field(description="Its reason code", examples=["winning_days"])
    comparison: Literal["at_least", "above", "at_most", "is"] = Field(
        description="How `current` must stand to `required`", examples=["at_least"]
    )
    current: str = Field(description="What was seen, in `unit`", examples=["4"])
    required: str = Field(description="What was asked for, in `unit`", examples=["5"])
    unit: str = Field(examples=["days"])
    met: bool = Field(examples=[False])


class DecisionOut(Wire):
    """One thing that was decided about a payout."""

    decision: PayoutStatus = Field(examples=["requested"])
    decided_at: Moment
    decided_by: str = Field(
        description="Who; a trader is told the role alone", examples=["trader:tom"]
    )
    version: int = Field(description="The account's version: the event itself", examples=[57])
    rules: list[RuleOut] | None = Field(
        description="Null where no rule decides: a cancellation, a payment"
    )
    evidence: list[int] = Field(
        description="The account's versions that it rests on", examples=[[56]]
    )


class PayoutSummaryOut(Wire):
    """A payout in a list."""

    id: PayoutId
    account_id: AccountId
    trader_id: TraderId
    status: PayoutStatus = Field(examples=["requested"])
    amount: Money
    trader_share: Money
    firm_share: Money = Field(description="The rest of the amount")
    process_on: Day = Field(description="The business day on which the request is handled")
    requested_at: Moment
    reasons: list[str] = Field(description="Codes, of a rejection", examples=[[]])
    version: int = Field(description="The account's, at its newest event", examples=[57])


class PayoutOut(PayoutSummaryOut):
    """Everything about one payout."""

    maximum: Money = Field(description="The most that could be asked for at the request")
    explanation: str | None = Field(description="Of a rejection, for the trader", examples=[None])
    reference: str | None = Field(description="Of the payment, by whoever paid", examples=[None])
    pack_hash: str = Field(
        description="The rule pack that the request was judged by",
        examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"],
    )
    decisions: list[DecisionOut] = Field(description="Oldest first")


def payout_summary_of(row: Row) -> PayoutSummaryOut:
    """A row of `read.payouts` in a list."""
    return PayoutSummaryOut(**_summary(row))


def payout_of(row: Row, *, names: bool) -> PayoutOut:
    """A row of `read.payouts`; `names` says whether the reader is told who decided."""
    return PayoutOut(
        **_summary(row),
        maximum=money_of(row["maximum_units"]),
        explanation=row["explanation"],
        reference=row["reference"],
        pack_hash=row["pack_hash"],
        decisions=list(_decisions(row, names=names)),
    )


def rule_of(row: Mapping[str, Any]) -> RuleOut:
    """A row of a table as an event keeps it."""
    return RuleOut(
        rule=row["rule"],
        comparison=COMPARISONS[row["rule"]],
        current=row["current"],
        required=row["required"],
        unit=row["unit"],
        met=row["met"] in ("true", True),
    )


def _summary(row: Row) -> dict[str, Any]:
    return {
        "id": row["payout_id"],
        "account_id": row["account_id"],
        "trader_id": row["trader_id"],
        "status": row["status"],
        "amount": money_of(row["amount_units"]),
        "trader_share": money_of(row["trader_share_units"]),
        "firm_share": money_of(row["amount_units"] - row["trader_share_units"]),
        "process_on": row["process_on"],
        "requested_at": row["requested_at"],
        "reasons": row["reasons"],
        "version": row["version"],
    }


def _decisions(row: Row, *, names: bool) -> Iterator[DecisionOut]:
    for decision in _DECISIONS:
        if row[f"{decision}_at"] is None:
            continue
        rules, by = row.get(f"{decision}_rules"), str(row[f"{decision}_by"])
        yield DecisionOut(
            decision=decision,
            decided_at=row[f"{decision}_at"],
            decided_by=by if names else by.partition(":")[0],
            version=row[f"{decision}_version"],
            rules=None if rules is None else [rule_of(each) for each in rules],
            evidence=row.get(f"{decision}_evidence") or [],
        )
