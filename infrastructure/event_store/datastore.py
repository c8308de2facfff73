"""The library's datastore and factory, on our own sessions."""

import logging
from typing import Final

from eventsourcing.persistence import InfrastructureFactory
from eventsourcing.postgres import PostgresDatastore, PostgresFactory
from eventsourcing.utils import Environment, EnvType, strtobool
from typing_extensions import override

from infrastructure.event_store.appending import batches_over
from infrastructure.event_store.combiner_limits import DEFAULT_LIMITS, CombinerLimits
from infrastructure.postgres.pools import Pool, new_pool
from infrastructure.postgres.sessions import LIMITS, session_conninfo

# The library silences the pool's warnings when it is imported; a pool in trouble must be heard.
logging.getLogger("psycopg.pool").setLevel(logging.WARNING)

# Left to itself the server plans each load anew, which takes longer than to carry it out: it takes
# the few newest events of a stream for a third of it. Every statement here goes by a whole key.
# A plan that was made while the log was small must serve when it has grown, so by index always.
PLANNED_ONCE: Final = {
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
}


class LedgerDatastore(PostgresDatastore):
    """Holds the writing sessions, one of them for batches. The library's pool is never opened."""

    def __init__(
        self,
        conninfo: str,
        *,
        pool_size: int,
        combining: CombinerLimits | None = DEFAULT_LIMITS,
    ) -> None:
        self.combining = combining
        super().__init__(dbname="", host="", port="", user="", password="")
        writing = session_conninfo(
            conninfo,
            role="dynasty_writer",
            application="dynasty-ledger",
            limits=LIMITS | PLANNED_ONCE,
        )
        self.sessions: Pool = new_pool(writing, pool_size=pool_size, name="ledger")
        self.batches = batches_over(writing)

    @override
    def register_type_adapters(self) -> None:
        """Ours are plain arrays: there is no composite type to register."""

    @override
    def close(self) -> None:
        self.batches.close()
        self.sessions.close()


class LedgerFactory(PostgresFactory):
    """Builds recorder, mapper and transcoder from their topics, as the library's own does."""

    LEDGER_CONNINFO = "LEDGER_CONNINFO"
    LEDGER_POOL_SIZE = "LEDGER_POOL_SIZE"
    LEDGER_COMBINES = "LEDGER_COMBINES"

    def __init__(self, env: Environment | EnvType | None) -> None:
        InfrastructureFactory.__init__(self, env)
        if strtobool(self.env.get(self.POSTGRES_ENABLE_DB_FUNCTIONS) or "no"):
            raise ValueError(
                f"{self.POSTGRES_ENABLE_DB_FUNCTIONS} is on: with it the library loses events."
                " Unset it."
            )
        conninfo = self.env.get(self.LEDGER_CONNINFO)
        pool_size = self.env.get(self.LEDGER_POOL_SIZE)
        assert conninfo is not None, "the ledger needs a database"
        assert pool_size is not None, "the ledger's pool needs a size"
        combines = strtobool(self.env.get(self.LEDGER_COMBINES) or "yes")
        self.datastore = LedgerDatastore(
            conninfo,
            pool_size=int(pool_size),
            combining=DEFAULT_LIMITS if combines else None,
        )
