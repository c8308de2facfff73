"""What may be chosen of tamper evidence."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from application.proofs.checkpointing import Cadence
from application.proofs.continuous import ContinuousOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceOptions:
    """Which key signs, as whom, how often, and where copies go.

    Of the keys the first that is given is taken; `own_key_file` is made when it is not there.
    """

    origin: str
    kms_key: str | None
    key_file: Path | None
    own_key_file: Path | None
    bucket: str | None
    prefix: str
    retention: timedelta
    cadence: Cadence
    continuous: ContinuousOptions
