"""The settings with nothing set, with everything set, and with mistakes in them."""

import os
from pathlib import Path

import annotated_types
import pytest
from pydantic import AliasChoices, SecretStr
from pydantic.fields import FieldInfo

from interfaces.settings import (
    Settings,
    SettingsRefused,
    SigningSecretMissing,
    load_settings,
    signing_secret,
)

OWN_SERVERS = {"DATABASE_URL": "postgresql://u:hunter2@h/d", "REDIS_URL": "redis://:hunter2@h"}


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name in OWN_SERVERS or name.startswith(("DYNASTY_", "OTEL_")):
            monkeypatch.delenv(name)


def setting(monkeypatch: pytest.MonkeyPatch, **variables: str) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)


class TestLoadSettings:
    def test_embeds_everything_when_nothing_is_set(self) -> None:
        assert load_settings() == Settings(data_dir=Path(".dynasty"), host="127.0.0.1", port=0)
        assert load_settings().embedded

    def test_counts_an_empty_variable_as_not_set(self, monkeypatch: pytest.MonkeyPatch) -> None:
        setting(monkeypatch, DATABASE_URL="", REDIS_URL="", DYNASTY_PORT="")
        assert load_settings().embedded

    def test_takes_servers_of_ones_own(self, monkeypatch: pytest.MonkeyPatch) -> None:
        setting(monkeypatch, **OWN_SERVERS)
        settings = load_settings()
        assert settings.database_url == SecretStr(OWN_SERVERS["DATABASE_URL"])
        assert not settings.embedded

    @pytest.mark.parametrize("alone", OWN_SERVERS)
    def test_refuses_one_server_without_the_other(
        self, monkeypatch: pytest.MonkeyPatch, alone: str
    ) -> None:
        setting(monkeypatch, **{alone: OWN_SERVERS[alone]})
        with pytest.raises(SettingsRefused, match="set both, or neither"):
            load_settings()

    def test_refuses_two_keys_of_the_log(self, monkeypatch: pytest.MonkeyPatch) -> None:
        setting(monkeypatch, DYNASTY_LOG_KEY_FILE="key.pem", DYNASTY_LOG_KMS_KEY="alias/log")
        with pytest.raises(SettingsRefused, match="not both"):
            load_settings()

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("DATABASE_URL", "hunter2"),
            ("DATABASE_URL", "mysql://u:hunter2@h/d"),
            ("DATABASE_URL", "postgresql://u:hunter%2@h/d"),
            ("REDIS_URL", "hunter2"),
            ("REDIS_URL", "http://:hunter2@h"),
            ("REDIS_URL", "redis://h:hunter2"),
            ("DYNASTY_PORT", "hunter2"),
            ("DYNASTY_LOG_ORIGIN", "hunter2 and more"),
            ("DYNASTY_LOG_RETENTION_DAYS", "0"),
            ("DYNASTY_PORT", "65536"),
            ("DYNASTY_PAGE_SIZE_MAX", "201"),
            ("DYNASTY_BODY_BYTES_MAX", "1.5"),
            ("DYNASTY_TOKEN_LIFETIME_SECONDS", "0"),
            ("DYNASTY_JWT_SECRET", "hunter2"),
            ("DYNASTY_DATABASE_POOL_MIN", "11"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "hunter2"),
        ],
    )
    def test_refuses_by_name_and_keeps_the_value_to_itself(
        self, monkeypatch: pytest.MonkeyPatch, name: str, value: str
    ) -> None:
        setting(monkeypatch, **{name: value})
        with pytest.raises(SettingsRefused, match=rf"\b{name}\b") as refusal:
            load_settings()
        assert "hunter2" not in refusal.value.sentence

    def test_prints_no_secret(self, monkeypatch: pytest.MonkeyPatch) -> None:
        setting(monkeypatch, **OWN_SERVERS, DYNASTY_JWT_SECRET="hunter2" * 5)
        settings = load_settings()
        assert "hunter2" not in f"{settings!r} {settings} {settings.model_dump_json()}"


class TestSigningSecret:
    def test_is_generated_once_for_a_data_directory(self, tmp_path: Path) -> None:
        settings = Settings(data_dir=tmp_path / "data")
        assert signing_secret(settings) == signing_secret(settings)
        assert len(signing_secret(settings).get_secret_value()) >= 32
        assert [path.name for path in settings.data_dir.iterdir()] == ["jwt_secret"]

    def test_differs_between_data_directories(self, tmp_path: Path) -> None:
        one, other = (Settings(data_dir=tmp_path / name) for name in "ab")
        assert signing_secret(one) != signing_secret(other)

    def test_is_readable_by_its_owner_alone(self, tmp_path: Path) -> None:
        signing_secret(Settings(data_dir=tmp_path))
        assert (tmp_path / "jwt_secret").stat().st_mode & 0o777 == 0o600

    def test_is_the_one_that_is_set(self, tmp_path: Path) -> None:
        given = SecretStr("s" * 32)
        assert signing_secret(Settings(data_dir=tmp_path, jwt_secret=given)) == given
        assert not list(tmp_path.iterdir())

    def test_must_be_set_beside_a_database_of_ones_own(self, tmp_path: Path) -> None:
        settings = Settings(
            data_dir=tmp_path,
            database_url=SecretStr("postgresql:///d"),
            redis_url=SecretStr("redis://r"),
        )
        with pytest.raises(SigningSecretMissing, match="DYNASTY_JWT_SECRET"):
            signing_secret(settings)
        assert not list(tmp_path.iterdir())


def documented() -> list[tuple[str, ...]]:
    """The rows of the table of variables: name, default, allowed values, meaning."""
    page = Path(__file__).parents[3] / "docs" / "reference" / "configuration.md"
    rows = [line for line in page.read_text().splitlines() if line.startswith("| `")]
    return [cells for row in rows if len(cells := tuple(row.strip("| ").split(" | "))) == 4]


def described(name: str, field: FieldInfo) -> tuple[str, ...]:
    """The row that a field ought to have."""
    alias = field.validation_alias
    variable = alias.choices[0] if isinstance(alias, AliasChoices) else f"DYNASTY_{name.upper()}"
    lowest = [limit.ge for limit in field.metadata if isinstance(limit, annotated_types.Ge)]
    highest = [limit.le for limit in field.metadata if isinstance(limit, annotated_types.Le)]
    return (
        f"`{variable}`",
        "not set" if field.default is None else f"`{field.default}`",
        f"{lowest[0]} to {highest[0]}" if lowest else "any",
        str(field.description),
    )


class TestTheReference:
    def test_documents_every_variable_as_it_is(self) -> None:
        fields = Settings.model_fields.items()
        assert sorted(documented()) == sorted(described(name, field) for name, field in fields)
