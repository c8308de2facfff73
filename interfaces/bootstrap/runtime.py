"""What a process works with."""

from __future__ import annotations

from functools import cached_property

from infrastructure.watching.lookout import Part, PostgresLookout
from infrastructure.watching.parts import PARTS
from interfaces.bootstrap.engine import Engine
from interfaces.bootstrap.ledgers import Ledgers
from interfaces.watching.watch import Watch, thresholds_of
from projections.lags import TABLES, lags_of


class Runtime(Ledgers, Engine):
    """Each part is opened when it is first asked for, and closed with the block around it."""

    @cached_property
    def watch(self) -> Watch:
        """How everything is doing; it connects anew for each look."""
        parts = {"projections": Part(TABLES, lags_of), **PARTS}
        lookout = PostgresLookout(self.database_url, redis_url=self.redis_url, parts=parts)
        return Watch(lookout, thresholds_of(self.settings), self.combiner_figures)
