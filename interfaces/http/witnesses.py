"""What verdicts and warnings have in common: a witness, and lists of an account's, newest first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, TypeVar
from uuid import UUID

from pydantic import Field

from domain.rules.explanations import Witness
from interfaces.http.clocks import PronouncedIn
from interfaces.http.fields import Day, Moment, Wire
from interfaces.http.ownership import insist_on_account
from interfaces.http.page_models import PageOut
from interfaces.http.pagination import Pages
from interfaces.http.reading import Reader, Row
from interfaces.paging import given

TOut = TypeVar("TOut")


class WitnessOut(Wire):
    """All that is needed to check what was said of a limit."""

    explanation: str = Field(
        examples=[
            "NQ was traded (3 contracts), and the plan does not allow it; this ends the account."
        ]
    )
    observed: str = Field(description="What was seen, in `unit`", examples=["23499.50"])
    limit: str = Field(description="What it was compared with, in `unit`", examples=["23500.00"])
    unit: Literal["USD", "contracts", "units", "seconds", "days", "minutes"] = Field(
        examples=["USD"]
    )
    subject: str | None = Field(
        description="The product it is about, or `all` of them", examples=[None]
    )
    trading_day: Day
    threshold: dict[str, str] = Field(
        description="How the limit came to be",
        examples=[{"mode": "eod_trailing", "peak": "25000.00", "allowance": "1500.00"}],
    )
    evidence: list[int] = Field(
        description="The account's versions that it rests on", examples=[[1, 56]]
    )
    pack_hash: str = Field(
        examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"]
    )
    effective_at: Moment
    recorded_at: Moment


def witness_of(row: Row, *, effect: str) -> Witness:
    """The witness that a sentence is made from."""
    return Witness(
        rule=row["rule"],
        effect=effect,
        observed=row["observed"],
        limit=row["limit_text"],
        unit=row["unit"],
        subject=row["subject"],
        threshold=row["threshold"],
    )


def witness_fields(row: Row) -> dict[str, Any]:
    """The fields of a `WitnessOut` but the explanation."""
    return {
        "observed": row["observed"],
        "limit": row["limit_text"],
        "unit": row["unit"],
        "subject": row["subject"],
        "trading_day": row["trading_day"],
        "threshold": row["threshold"],
        "evidence": list(row["evidence"]),
        "pack_hash": row["pack_hash"],
        "effective_at": row["effective_at"],
        "recorded_at": row["recorded_at"],
    }


def page_of_account(
    account_id: UUID,
    asked: PronouncedIn,
    *,
    reader: Reader,
    pages: Pages,
    model: str,
    select: str,
    make: Callable[[Row], TOut],
) -> PageOut[TOut]:
    """One page of what was pronounced on an account by then, by its place in the log."""
    page = pages.turn_to(asked)
    with reader.snapshot("accounts", model, at_least=page.position) as snapshot:
        insist_on_account(reader, snapshot, account_id)
        rows = snapshot.page(
            select,
            ("account_id = %s", (account_id,)),
            ("effective_at <= %s", given(page.asked.as_of)),
            ("recorded_at <= %s", given(page.asked.known_at)),
            ("ledger_seq < %s", page.after),
            order="ledger_seq DESC",
            limit=page.rows_wanted,
        )
    return page.of(rows, make, key=lambda row: (row["ledger_seq"],), snapshot=snapshot)
