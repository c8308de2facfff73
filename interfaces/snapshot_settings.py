"""What the environment may decide of snapshots."""

from pydantic import Field
from pydantic_settings import BaseSettings


class SnapshotSettings(BaseSettings):
    """The part of the settings that is about snapshots of long accounts."""

    snapshots: bool = Field(
        default=True,
        description="Whether long accounts are loaded from snapshots, and the daemon takes them.",
    )
    snapshots_every_events: int = Field(
        default=200,
        ge=50,
        le=100_000,
        description="By how many events an account must have grown for a snapshot to be taken.",
    )
    snapshots_percent: int = Field(
        default=25,
        ge=1,
        le=100,
        description="The share of a core's time that taking snapshots may use, in %.",
    )
    snapshots_checked_percent: int = Field(
        default=5,
        ge=1,
        le=100,
        description="How many of the snapshots are compared with a full replay each day, in %.",
    )
    snapshots_kept_hours: int = Field(
        default=24,
        ge=1,
        le=8_760,
        description="How long snapshots of code that nobody runs any more are kept, in hours.",
    )
