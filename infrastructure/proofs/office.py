"""Tamper evidence put together: the tree, the key and the bucket that the settings name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from functools import cached_property
from typing import TypeAlias

from application.log import Log
from application.proofs.checkpointing import CheckpointCourier, CheckpointSigner
from application.proofs.continuous import ContinuousVerifier
from application.proofs.errors import CheckpointStoreMissing, SigningKeyMissing
from application.proofs.options import EvidenceOptions
from application.proofs.ports import Checkpoints, CheckpointVault, Signer, Tree
from application.proofs.proving import Prover
from application.proofs.sealing import Sealer
from application.proofs.verifying import VerifierKey
from infrastructure.postgres.pools import Pool
from infrastructure.proofs.key_file import kept_key_file, open_key_file
from infrastructure.proofs.rounds import PostgresRounds
from infrastructure.proofs.tree import (
    PostgresCheckpoints,
    PostgresGrowingTree,
    PostgresKeptCheckpoints,
    PostgresTree,
)

Duty: TypeAlias = Sealer | CheckpointSigner | CheckpointCourier | ContinuousVerifier


class EvidenceOffice:
    """Each part is opened when it is first asked for.

    `reading` gives connections as `dynasty_reader`, `keeping` as `dynasty_keeper`.
    """

    def __init__(
        self,
        options: EvidenceOptions,
        *,
        log: Callable[[], Log],
        reading: Callable[[], Pool],
        keeping: Callable[[], Pool],
    ) -> None:
        self._options = options
        self._log, self._reading, self._keeping = log, reading, keeping

    @property
    def origin(self) -> str:
        """The name of the log."""
        return self._options.origin

    @property
    def tree(self) -> Tree:
        """The tree, to be read."""
        return PostgresTree(self._reading())

    @property
    def checkpoints(self) -> Checkpoints:
        """Signed checkpoints, to be read."""
        return PostgresCheckpoints(self._reading())

    @property
    def prover(self) -> Prover:
        """Proofs out of the tree."""
        return Prover(self._log(), self.tree, self.checkpoints)

    @property
    def sealer(self) -> Sealer:
        """The duty that lets the tree grow with the log."""
        return Sealer(self._log(), PostgresGrowingTree(self._keeping()))

    @property
    def can_sign(self) -> bool:
        """Whether a key is configured."""
        options = self._options
        return bool(options.kms_key or options.key_file or options.own_key_file)

    @cached_property
    def signer(self) -> Signer:
        """The key of the log. Refuses with SigningKeyMissing or SigningKeyRefused."""
        options = self._options
        if options.kms_key:
            # The clients of AWS take a sixth of a second to read, and most processes need none.
            from infrastructure.proofs.aws import client_of
            from infrastructure.proofs.kms import KmsSigner

            return KmsSigner(client_of("kms"), key_id=options.kms_key, name=options.origin)
        if options.key_file:
            return open_key_file(options.key_file, name=options.origin)
        if options.own_key_file:
            return kept_key_file(options.own_key_file, name=options.origin)
        raise SigningKeyMissing(
            "No key signs the checkpoints of this log. Set DYNASTY_LOG_KEY_FILE to a file that"
            " `dynasty log key new` made, or DYNASTY_LOG_KMS_KEY to a key of KMS."
        )

    @cached_property
    def checkpoint_signer(self) -> CheckpointSigner:
        """The duty that signs checkpoints. Refuses as `signer` does."""
        pool = self._keeping()
        return CheckpointSigner(
            PostgresTree(pool),
            PostgresKeptCheckpoints(pool),
            self.signer,
            cadence=self._options.cadence,
            now=_now,
        )

    @cached_property
    def vault(self) -> CheckpointVault:
        """Where copies of checkpoints are kept. Refuses with CheckpointStoreMissing."""
        if self._options.bucket is None:
            raise CheckpointStoreMissing(
                "No bucket keeps copies of checkpoints. Set DYNASTY_LOG_BUCKET to one with Object"
                " Lock, best in another account."
            )
        from infrastructure.proofs.aws import client_of
        from infrastructure.proofs.bucket import LockedBucket

        return LockedBucket(
            client_of("s3"),
            bucket=self._options.bucket,
            prefix=self._options.prefix,
            retention=self._options.retention,
            now=_now,
        )

    @property
    def checkpoint_courier(self) -> CheckpointCourier:
        """The duty that copies checkpoints. Refuses with CheckpointStoreMissing."""
        return CheckpointCourier(PostgresKeptCheckpoints(self._keeping()), self.vault)

    @cached_property
    def own_keys(self) -> Sequence[VerifierKey]:
        """The public half of the key of the log, if there is one. Refuses with SigningKeyRefused or
        SigningUnavailable.
        """
        return [self.signer.verifier_key()] if self.can_sign else []

    @cached_property
    def continuous_verifier(self) -> ContinuousVerifier:
        """The duty that compares all that was sealed with the log, again and again."""
        pool = self._keeping()
        return ContinuousVerifier(
            self._log(),
            PostgresTree(pool),
            PostgresCheckpoints(pool),
            PostgresRounds(pool),
            options=self._options.continuous,
            keys=lambda: self.own_keys,
        )

    def duties(self) -> Iterator[Duty]:
        """What the daemon does of all this, as far as a key and a bucket are configured.

        Refuses with SigningKeyRefused.
        """
        yield self.sealer
        if self.can_sign:
            yield self.checkpoint_signer
        if self._options.bucket:
            yield self.checkpoint_courier
        if self._options.continuous.on:
            yield self.continuous_verifier


def _now() -> datetime:
    return datetime.now(UTC)
