"""What the environment may decide of the servers that are used."""

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict
from pydantic import AliasChoices, Field, SecretStr, field_validator
from pydantic_settings import BaseSettings
from redis import Redis


class ServerSettings(BaseSettings):
    """The part of the settings that is about the database and Redis."""

    database_url: SecretStr | None = Field(
        default=None,
        validation_alias=AliasChoices("DATABASE_URL", "database_url"),
        description="The PostgreSQL to use, as a libpq URI. Not set: an embedded one is started.",
    )
    redis_url: SecretStr | None = Field(
        default=None,
        validation_alias=AliasChoices("REDIS_URL", "redis_url"),
        description="The Redis to use. Set it together with `DATABASE_URL`, or set neither.",
    )

    @field_validator("database_url")
    @classmethod
    def _is_read_by_libpq(cls, value: SecretStr | None) -> SecretStr | None:
        try:
            conninfo_to_dict(value.get_secret_value() if value else "")
        except ProgrammingError:
            # What libpq says of it may quote it.
            raise ValueError(
                "it is not of the form postgresql://LOGIN:PASSWORD@HOST:PORT/DATABASE; special"
                " characters of a password are written as %XX"
            ) from None
        return value

    @field_validator("redis_url")
    @classmethod
    def _is_read_by_redis(cls, value: SecretStr | None) -> SecretStr | None:
        try:
            if value:
                Redis.from_url(value.get_secret_value()).close()
        except ValueError:
            raise ValueError(
                "it is not of the form redis://HOST:PORT, rediss://… for TLS, or unix://PATH"
            ) from None
        return value
