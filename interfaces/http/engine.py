"""How the rules engine is doing: who watches, what was refused, and who is silent."""

from __future__ import annotations

from pydantic import Field

from interfaces.engine_status import kept_of
from interfaces.http.fields import AccountId, Day, Moment, Money, Wire, money_or_none
from interfaces.http.guard import guarded_router
from interfaces.http.positions import READS
from interfaces.http.problem_models import refusals
from interfaces.http.reading import Row, TheReader

router = guarded_router(tag="rules engine")


class PartitionOut(Wire):
    """A part of the accounts, and the instance that watches it."""

    partition: int = Field(examples=[0])
    owner: str | None = Field(description="Null is nobody", examples=["engine-a:1f0c22aa"])
    lease_seconds: int = Field(description="For how much longer", examples=[5])


class RefusalsOut(Wire):
    """Marks of a day that were refused for one reason, with the last one as example."""

    day: Day
    reason: str = Field(examples=["impossible_jump"])
    count: int = Field(examples=[3])
    last_account_id: AccountId | None
    last_at: Moment | None
    last_open_pnl: Money | None


class SilentAccountOut(Wire):
    """An account with open positions of which nothing is told."""

    account_id: AccountId
    unknown_since: Moment | None = Field(description="Null while its open profit is known")
    last_mark_at: Moment | None
    unclosed_day: Day | None = Field(description="A day that waits for a mark to be closed")


class EngineOut(Wire):
    """What the instances have written down. Nothing here is a fact of the ledger."""

    partitions: list[PartitionOut]
    refusals: list[RefusalsOut] = Field(description="Of the newest seven days")
    silent_accounts: list[SilentAccountOut] = Field(description="At most a thousand")
    orders: dict[str, int] = Field(
        description="Orders to the platform, by how far they are",
        examples=[{"pending": 1, "sent": 41, "failed": 0}],
    )
    events_behind: int = Field(description="Events not yet looked at for orders", examples=[0])


@router.get("/rules-engine", summary="How the rules engine is doing", responses=refusals(*READS))
def get_rules_engine(reader: TheReader) -> EngineOut:
    """Who watches which accounts, which marks were refused as what, and which accounts are silent.

    An account on no partition with an owner is watched by nobody.
    """
    with reader.snapshot("accounts") as snapshot:
        kept = kept_of(snapshot.session)
    return EngineOut(
        partitions=[
            PartitionOut(
                partition=each["partition"],
                owner=each["owner"] if each["lease_seconds"] else None,
                lease_seconds=each["lease_seconds"],
            )
            for each in kept["partitions"]
        ],
        refusals=[_refusals_of(each) for each in kept["refusals"]],
        silent_accounts=[SilentAccountOut(**each) for each in kept["silent_accounts"]],
        orders={each["status"]: each["count"] for each in kept["effects"]},
        events_behind=kept["follower"]["behind"],
    )


def _refusals_of(row: Row) -> RefusalsOut:
    return RefusalsOut(
        day=row["day"],
        reason=row["reason"],
        count=row["count"],
        last_account_id=row["last_account_id"],
        last_at=row["last_at"],
        last_open_pnl=money_or_none(row["last_open_pnl_units"]),
    )
