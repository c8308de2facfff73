"""Which accounts a caller can see. What is not visible is not found: a refusal would tell."""

from __future__ import annotations

from uuid import UUID

from application.errors import StreamNotFound
from interfaces.http.reading import Reader, Snapshot
from interfaces.http.tokens import Principal


def insist_on_seeing(caller: Principal, trader_id: UUID | None, account_id: UUID) -> None:
    """Refuses with StreamNotFound when there is no such account, or it is another trader's."""
    if trader_id is None or not caller.sees(trader_id):
        raise StreamNotFound(f"There is no account acc_{account_id}; check the identifier.")


def insist_on_account(reader: Reader, snapshot: Snapshot, account_id: UUID) -> None:
    """The same, by the read model. Refuses with AccountParked when its rows stand still."""
    row = snapshot.one("SELECT trader_id FROM read.accounts WHERE account_id = %s", account_id)
    insist_on_whole(reader, snapshot, row["trader_id"] if row else None, account_id)


def insist_on_whole(
    reader: Reader, snapshot: Snapshot, trader_id: UUID | None, account_id: UUID
) -> None:
    """The same, where the row was read already."""
    if reader.caller.role != "trader":
        # Parked at its opening, it has no rows at all: staff is told that, too.
        snapshot.insist_on_whole(account_id)
    insist_on_seeing(reader.caller, trader_id, account_id)
    snapshot.insist_on_whole(account_id)
