"""Leases on what has a name: the lanes of the log, and the duties of a daemon."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, TypeAlias

from infrastructure.leasing.leases import LeaseTable, PostgresLeases
from infrastructure.postgres.persistence import persistently
from infrastructure.postgres.pools import Pool

Kind: TypeAlias = Literal["lane", "duty"]

PREPARE: Final = """
INSERT INTO work.leases (name) SELECT unnest(%s::text[]) ON CONFLICT (name) DO NOTHING
"""


class NamedLeases(PostgresLeases[str]):
    """The leases of one owner. Each kind is shared among the processes that share in it."""

    def __init__(
        self, pool: Pool, kind: Kind, *, owner: str, names: Sequence[str], seconds: float
    ) -> None:
        table = LeaseTable("leases", "name", f"{kind}_holders")
        super().__init__(pool, table, owner=f"{owner}/{kind}", shared=names, seconds=seconds)

    def prepare(self) -> None:
        """Make the rows of names that were never leased."""
        persistently(self._pool, lambda session, _: session.execute(PREPARE, (self._shared,)))
