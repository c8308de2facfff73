"""What the environment may decide of the archive for old events."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Self

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings

from application.archiving.ports import ArchiveOptions

if TYPE_CHECKING:
    from interfaces.settings import Settings


class ArchiveSettings(BaseSettings):
    """The part of the settings that says where old events are."""

    archive_bucket: str | None = Field(
        default=None,
        max_length=255,
        description=(
            "The S3 bucket that old events are moved to; `AWS_ENDPOINT_URL` names another service"
            " than that of AWS."
        ),
    )
    archive_prefix: str = Field(
        default="archive/",
        max_length=500,
        description="What the names of archived files begin with.",
    )
    archive_dir: Path | None = Field(
        default=None,
        description=(
            "A directory that old events are moved to instead. Neither it nor"
            " `DYNASTY_ARCHIVE_BUCKET` set and embedded: `archive` in the data directory."
        ),
    )
    archive_retention_days: int | None = Field(
        default=None,
        ge=1,
        le=36_500,
        description=(
            "How long nobody can change or delete an archived file, in days: the bucket needs"
            " Object Lock. Not set: no lock."
        ),
    )
    archive_cache_mb: int = Field(
        default=128,
        ge=1,
        le=65_536,
        description="Archived events that a process keeps in memory after reading, in MB.",
    )

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if self.archive_bucket and self.archive_dir:
            raise ValueError("set DYNASTY_ARCHIVE_BUCKET or DYNASTY_ARCHIVE_DIR, not both")
        if self.archive_retention_days and not self.archive_bucket:
            raise ValueError(
                "DYNASTY_ARCHIVE_RETENTION_DAYS is set, but DYNASTY_ARCHIVE_BUCKET is not"
            )
        return self


def archive_options(settings: Settings) -> ArchiveOptions:
    """The place that is named; a folder of the data directory where everything is embedded."""
    own = settings.data_dir / "archive" if settings.embedded else None
    days = settings.archive_retention_days
    return ArchiveOptions(
        bucket=settings.archive_bucket,
        prefix=settings.archive_prefix,
        directory=settings.archive_dir or own,
        retention=None if days is None else timedelta(days=days),
        cache_bytes=settings.archive_cache_mb * 1024 * 1024,
    )
