"""What the environment may decide about watching: who is told, and from where on it is an alarm."""

from __future__ import annotations

from pydantic import AliasChoices, Field, HttpUrl
from pydantic_settings import BaseSettings


class WatchSettings(BaseSettings):
    """The part of the settings that is about metrics, traces and alarms."""

    metrics_host: str = Field(
        default="127.0.0.1",
        description="The address that metrics are served on without a token.",
    )
    metrics_port: int | None = Field(
        default=None,
        ge=0,
        le=65_535,
        description="The port for metrics without a token; 0 takes a free one. Not set: none.",
    )
    otlp_endpoint: HttpUrl | None = Field(
        default=None,
        validation_alias=AliasChoices("OTEL_EXPORTER_OTLP_ENDPOINT", "otlp_endpoint"),
        description="Where traces are sent over OTLP/HTTP. Not set: none are made.",
    )
    alarm_still_seconds: int = Field(
        default=30,
        ge=1,
        le=86_400,
        description="How long a projection may stand still while the log moves, in seconds.",
    )
    alarm_unowned_seconds: int = Field(
        default=5,
        ge=1,
        le=86_400,
        description="How long an event may wait in a lane that no daemon holds, in seconds.",
    )
    alarm_lag_seconds: int = Field(
        default=60,
        ge=1,
        le=86_400,
        description="How long an event may wait for a projection, in seconds.",
    )
    alarm_lag_events: int = Field(
        default=10_000,
        ge=1,
        le=1_000_000_000,
        description="Events that a projection may be behind the log.",
    )
    alarm_lease_seconds: int = Field(
        default=30,
        ge=1,
        le=86_400,
        description="How long a lease may be run out before anybody takes it over, in seconds.",
    )
    alarm_effects_seconds: int = Field(
        default=300,
        ge=1,
        le=86_400,
        description="How long an order to the platform may wait, in seconds.",
    )
    alarm_unsealed_events: int = Field(
        default=10_000,
        ge=1,
        le=1_000_000_000,
        description="Events that may be in the log and not yet under the tree.",
    )
    alarm_checkpoint_seconds: int = Field(
        default=3_600,
        ge=1,
        le=31_536_000,
        description="How old the newest checkpoint may be while the log goes on, in seconds.",
    )
    alarm_verification_hours: int = Field(
        default=72,
        ge=1,
        le=8_760,
        description="How long the log may go without a comparison with what was sealed, in hours.",
    )
    alarm_appends_waiting: int = Field(
        default=256,
        ge=1,
        le=100_000,
        description="Appends of a process that may wait for each other.",
    )
