"""What the environment may decide of the tree over the log and its checkpoints."""

from datetime import timedelta
from pathlib import Path
from typing import Self

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings

from application.proofs.checkpointing import Cadence
from application.proofs.continuous import ContinuousOptions
from application.proofs.options import EvidenceOptions


class LogSettings(BaseSettings):
    """The part of the settings that is about tamper evidence."""

    log_origin: str = Field(
        default="dynasty-ledger",
        max_length=255,
        pattern=r"^[^\s+\x00-\x1f]+$",
        description=(
            "The name of the log in its checkpoints, best an address without a scheme, as"
            " `ledger.example.com/log`; it is not to be changed."
        ),
    )
    log_key_file: Path | None = Field(
        default=None,
        description=(
            "The Ed25519 key that signs checkpoints: PEM, mode 0600. Neither it nor"
            " `DYNASTY_LOG_KMS_KEY` set and embedded: made once and kept in the data directory."
        ),
    )
    log_kms_key: str | None = Field(
        default=None,
        max_length=2048,
        description="The KMS key that signs checkpoints instead: its id, ARN or alias.",
    )
    log_bucket: str | None = Field(
        default=None,
        max_length=255,
        description="The S3 bucket with Object Lock that keeps copies of checkpoints.",
    )
    log_prefix: str = Field(
        default="checkpoints/",
        max_length=500,
        description="What the names of those copies begin with.",
    )
    log_retention_days: int = Field(
        default=3650,
        ge=1,
        le=36_500,
        description="How long nobody can change or delete such a copy, in days.",
    )
    log_checkpoint_events: int = Field(
        default=1000,
        ge=1,
        le=1_000_000_000,
        description="After so many new events a checkpoint is signed.",
    )
    log_checkpoint_seconds: int = Field(
        default=60,
        ge=1,
        le=86_400,
        description="So long after the last checkpoint new events get one, in seconds.",
    )

    log_verify: bool = Field(
        default=True,
        description="Whether the daemon compares the whole log with what was sealed, in rounds.",
    )
    log_verify_hours: int = Field(
        default=24,
        ge=0,
        le=8_760,
        description="How long after a round has come through the next one begins, in hours.",
    )
    log_verify_percent: int = Field(
        default=10,
        ge=1,
        le=100,
        description="The share of a core's time that these rounds may use, in %.",
    )

    def evidence_options(self, *, own_key_file: Path | None) -> EvidenceOptions:
        """What of it tamper evidence needs; `own_key_file` is made when no key is named."""
        return EvidenceOptions(
            origin=self.log_origin,
            kms_key=self.log_kms_key,
            key_file=self.log_key_file,
            own_key_file=own_key_file,
            bucket=self.log_bucket,
            prefix=self.log_prefix,
            retention=timedelta(days=self.log_retention_days),
            cadence=Cadence(
                events=self.log_checkpoint_events,
                every=timedelta(seconds=self.log_checkpoint_seconds),
            ),
            continuous=ContinuousOptions(
                on=self.log_verify,
                rest=timedelta(hours=self.log_verify_hours),
                percent=self.log_verify_percent,
            ),
        )

    @model_validator(mode="after")
    def _one_key(self) -> Self:
        if self.log_key_file and self.log_kms_key:
            raise ValueError("set DYNASTY_LOG_KEY_FILE or DYNASTY_LOG_KMS_KEY, not both")
        return self
