"""What the environment may decide. Every name is documented in docs/reference/configuration.md."""

import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, HttpUrl, SecretStr, ValidationError, model_validator
from pydantic_settings import SettingsConfigDict

from domain.errors import DomainError
from interfaces.archive_settings import ArchiveSettings
from interfaces.log_settings import LogSettings
from interfaces.server_settings import ServerSettings
from interfaces.snapshot_settings import SnapshotSettings
from interfaces.watching.settings import WatchSettings

_SECRET_BYTES_MIN = 32
"""HS256 signs with SHA-256; a shorter key is weaker than the hash."""


class SettingsRefused(DomainError):
    """An environment variable holds a value that cannot be used."""

    code = "settings-refused"


class SigningSecretMissing(DomainError):
    """A database of one's own is named, but no secret to sign tokens with."""

    code = "signing-secret-missing"


class Settings(ServerSettings, LogSettings, ArchiveSettings, SnapshotSettings, WatchSettings):
    """Where things are and how large they may grow. With nothing set, everything is embedded.

    Secrets are `SecretStr`, so that no message, log or traceback shows them.
    """

    model_config = SettingsConfigDict(
        env_prefix="DYNASTY_",
        env_ignore_empty=True,
        frozen=True,
        hide_input_in_errors=True,
        extra="forbid",
    )

    data_dir: Path = Field(
        default=Path(".dynasty"),
        description="Where the embedded servers and the generated secret live.",
    )
    jwt_secret: SecretStr | None = Field(
        default=None,
        description=(
            "The secret that signs bearer tokens, at least 32 bytes."
            " Not set and embedded: generated once and kept in the data directory."
        ),
    )
    token_lifetime_seconds: int = Field(
        default=3600,
        ge=60,
        le=2_592_000,
        description="How long a bearer token is accepted, in seconds.",
    )
    host: str = Field(default="127.0.0.1", description="The address the API listens on.")
    port: int = Field(
        default=0, ge=0, le=65_535, description="The port the API listens on; 0 takes a free one."
    )
    database_pool_min: int = Field(
        default=1, ge=1, le=100, description="Database connections that a process keeps open."
    )
    database_pool_max: int = Field(
        default=10,
        ge=1,
        le=100,
        description="Database connections that a process opens at the most, for each of its roles;"
        " batches of appends have one more.",
    )
    append_combiner: bool = Field(
        default=True,
        description="Whether appends of a process that wait at the same time share a transaction.",
    )
    redis_pool_max: int = Field(
        default=20, ge=1, le=1000, description="Redis connections that a process opens at the most."
    )
    page_size_max: int = Field(
        default=200, ge=1, le=200, description="Rows in one page of an answer at the most."
    )
    body_bytes_max: int = Field(
        default=1_048_576,
        ge=1024,
        le=67_108_864,
        description="Size of a request body at the most, in bytes.",
    )
    wait_seconds_max: int = Field(
        default=10,
        ge=0,
        le=60,
        description="How long a query may wait for its projection at the most, in seconds.",
    )
    marks_partitions: int = Field(
        default=16,
        ge=1,
        le=1024,
        description="Partitions of the marks; the same for every process, and not to be changed.",
    )
    marks_watermark_ms: int = Field(
        default=200,
        ge=0,
        le=10_000,
        description="How late a mark may come and still be put in its place, in milliseconds.",
    )
    marks_age_seconds_max: int = Field(
        default=30,
        ge=1,
        le=3600,
        description="A mark older than this when it arrives is refused, in seconds.",
    )
    marks_ahead_seconds_max: int = Field(
        default=5,
        ge=0,
        le=60,
        description="A mark this far ahead of its arrival is refused, in seconds.",
    )
    marks_jump_percent: int = Field(
        default=50,
        ge=1,
        le=1000,
        description="The change of open profit that is believed at once, in % of the start.",
    )
    marks_jump_confirmations: int = Field(
        default=3, ge=1, le=100, description="Marks in a row after which a larger one is believed."
    )
    marks_unknown_after_seconds: int = Field(
        default=60,
        ge=1,
        le=86_400,
        description="Without a mark for so long, an open profit is unknown, in seconds.",
    )
    marks_kept_seconds: int = Field(
        default=120,
        ge=1,
        le=86_400,
        description="How long judged marks stay on their stream, in seconds.",
    )
    engine_lease_seconds: int = Field(
        default=6,
        ge=1,
        le=300,
        description="How long a dead instance of the engine keeps its accounts, in seconds.",
    )
    engine_grace_seconds: int = Field(
        default=10,
        ge=0,
        le=600,
        description="How long after a deadline the platform's reports may still come, in seconds.",
    )
    engine_threads: int = Field(
        default=4, ge=1, le=64, description="Commands that the engine sends at the same time."
    )
    platform: Literal["redis", "http"] = Field(
        default="redis",
        description="How orders reach the trading platform: a Redis stream, or HTTP.",
    )
    platform_url: HttpUrl | None = Field(
        default=None, description="Where the platform takes orders over HTTP."
    )
    platform_token: SecretStr | None = Field(
        default=None, description="The bearer token that the platform asks for."
    )

    whatif_processes: int | None = Field(
        default=None,
        ge=1,
        le=64,
        description="Processes that a worker judges accounts with. Not set: one for each core.",
    )
    whatif_events_max: int = Field(
        default=10_000,
        ge=1,
        le=1_000_000,
        description="Events of an account that is judged while a caller waits, at the most.",
    )
    whatif_runs_open_max: int = Field(
        default=3,
        ge=1,
        le=100,
        description="What-if runs of one caller that are not ended, at the most.",
    )
    whatif_runs_kept: int = Field(
        default=50, ge=1, le=10_000, description="Ended what-if runs that are kept, the newest."
    )
    whatif_seconds_max: int = Field(
        default=3_600,
        ge=1,
        le=86_400,
        description="How long a what-if run may take, in seconds.",
    )
    whatif_lease_seconds: int = Field(
        default=20,
        ge=1,
        le=600,
        description="After how long a run is taken from a worker that says nothing, in seconds.",
    )

    daemon_lease_seconds: int = Field(
        default=6,
        ge=1,
        le=300,
        description="How long a dead daemon keeps its lanes and duties, in seconds.",
    )
    parked_accounts_max: int = Field(
        default=50,
        ge=0,
        le=10_000,
        description="How many accounts may be parked at once; with more, the read models stop.",
    )

    @property
    def embedded(self) -> bool:
        """Whether the process starts its own PostgreSQL and Redis."""
        return self.database_url is None

    @property
    def own_log_key_file(self) -> Path | None:
        """Where the key of the log is made when none is named; None with servers of one's own."""
        return self.data_dir / "log_key.pem" if self.embedded else None

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if (self.database_url is None) != (self.redis_url is None):
            raise ValueError("DATABASE_URL and REDIS_URL go together; set both, or neither")
        if self.database_pool_min > self.database_pool_max:
            raise ValueError("DYNASTY_DATABASE_POOL_MIN is above DYNASTY_DATABASE_POOL_MAX")
        if self.platform == "http" and self.platform_url is None:
            raise ValueError("DYNASTY_PLATFORM is http, but DYNASTY_PLATFORM_URL is not set")
        if self.jwt_secret and len(self.jwt_secret.get_secret_value().encode()) < _SECRET_BYTES_MIN:
            raise ValueError(f"DYNASTY_JWT_SECRET has fewer than {_SECRET_BYTES_MIN} bytes")
        return self


def load_settings() -> Settings:
    """Read the environment; a value that cannot be used is refused by its name, never shown."""
    try:
        return Settings()
    except ValidationError as error:
        said = "; ".join(_complaints(error))
        raise SettingsRefused(f"The settings cannot be used: {said}.") from None


def signing_secret(settings: Settings) -> SecretStr:
    """The secret that signs bearer tokens; generated once where everything is embedded."""
    if settings.jwt_secret is not None:
        return settings.jwt_secret
    if not settings.embedded:
        raise SigningSecretMissing(
            "DATABASE_URL is set, but DYNASTY_JWT_SECRET is not. Set it to a random text of at"
            f" least {_SECRET_BYTES_MIN} bytes, the same for every process."
        )
    return SecretStr(_kept_secret(settings.data_dir))


def _complaints(error: ValidationError) -> Iterator[str]:
    for detail in error.errors(include_url=False, include_input=False, include_context=False):
        message = detail["msg"].removeprefix("Value error, ")
        place = detail["loc"]
        yield f"{_variable(str(place[0]))}: {message}" if place else message


def _variable(place: str) -> str:
    """The variable of a field; a name that is not ours is the variable itself."""
    return place if place.isupper() else f"DYNASTY_{place.upper()}"


def _kept_secret(directory: Path) -> str:
    """The secret of this directory. Written under another name first, so none is read half."""
    path = directory / "jwt_secret"
    if not path.exists():
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = path.with_name(f"jwt_secret.{os.getpid()}.{secrets.token_hex(4)}")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(48))
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text()
