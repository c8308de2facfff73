"""A log with its tree, for tests: filled, sealed, signed, and changed behind everybody's back."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from uuid import UUID, uuid4

from psycopg import connect

from application.context import CommandContext, acting
from application.proofs.checking import Evidence, verify_log
from application.proofs.checkpointing import Cadence, CheckpointSigner
from application.proofs.findings import Verification
from application.proofs.sealing import Sealer
from application.proofs.verifying import Checkpoint, read_checkpoint
from domain.accounts.account import TradingAccount
from domain.money import USD
from infrastructure.event_store.ledger import open_ledger
from infrastructure.event_store.log import PostgresLog, open_log
from infrastructure.postgres.persistence import open_pool
from infrastructure.postgres.pools import Pool, new_pool
from infrastructure.postgres.sessions import Role, session_conninfo
from infrastructure.proofs.key_file import FileSigner, kept_key_file
from infrastructure.proofs.tree import PostgresGrowingTree, PostgresKeptCheckpoints
from tests.support.histories import BEGINNING, PACKS
from tests.support.postgres import Database

CADENCE = Cadence(events=1, every=timedelta(seconds=1))
NOW = datetime(2026, 3, 2, 18, tzinfo=UTC)


@dataclass
class Office:
    """All parts on one database."""

    database: Database
    pool: Pool
    log: PostgresLog
    key: Path

    @cached_property
    def tree(self) -> PostgresGrowingTree:
        return PostgresGrowingTree(self.pool)

    @cached_property
    def checkpoints(self) -> PostgresKeptCheckpoints:
        return PostgresKeptCheckpoints(self.pool)

    @cached_property
    def signer(self) -> FileSigner:
        return kept_key_file(self.key, name="ledger.example/log")

    @cached_property
    def checkpoint_signer(self) -> CheckpointSigner:
        return CheckpointSigner(
            self.tree, self.checkpoints, self.signer, cadence=CADENCE, now=lambda: NOW
        )

    def sealer(self, batch: int = 1000) -> Sealer:
        return Sealer(self.log, self.tree, batch=batch)

    def fill(self, events: int, account: UUID | None = None) -> UUID:
        """Record so many more events, of one account."""
        account_id = account or uuid4()
        ledger = open_ledger(self.database.url, pool_size=1)
        opened = TradingAccount.open(
            account_id=account_id,
            trader_id=UUID(int=3),
            plan="no rules",
            pack=PACKS["no rules"],
            at=BEGINNING,
        )
        for number in range(1, events):
            opened.mark_equity(open_pnl=USD.of(f"{number}.00"), at=BEGINNING)
        with acting(CommandContext(actor="admin:1")):
            ledger.save(opened)
        ledger.close()
        return account_id

    def seal_and_sign(self) -> Checkpoint:
        """The newest checkpoint, of all that is recorded."""
        self.sealer().seal_all()
        self.checkpoint_signer.sign()
        newest = self.checkpoints.newest()
        assert newest is not None
        return read_checkpoint(newest.note)

    def verify(self, *outside: Checkpoint) -> Verification:
        evidence = Evidence(keys=[self.signer.verifier_key()], outside=outside)
        return verify_log(self.log, self.tree, self.checkpoints, evidence)

    def tamper(self, *statements: str) -> None:
        """What the owner of the server can do: switch the guards off, and change anything."""
        with connect(self.database.conninfo) as owner:
            for table in ("events", "tree", "tiles", "checkpoints"):
                owner.execute(f"ALTER TABLE ledger.{table} DISABLE TRIGGER USER".encode())
            for statement in statements:
                owner.execute(statement.encode())


def pool_as(role: Role, database: Database, *, size: int = 4) -> Pool:
    conninfo = session_conninfo(database.url, role=role, application="test")
    pool = new_pool(conninfo, pool_size=size, name="test")
    open_pool(pool)
    return pool


@contextmanager
def office_on(database: Database, directory: Path) -> Iterator[Office]:
    pool, log = pool_as("dynasty_keeper", database), open_log(database.url)
    try:
        yield Office(database, pool, log, directory / "log_key.pem")
    finally:
        log.close()
        pool.close()
