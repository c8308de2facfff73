"""`dynasty token`: tokens that the API accepts, and the ones it will not make."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from domain.errors import DomainError
from interfaces.cli.token import TokenNotIssued, TraderMissing, principal_for, token
from interfaces.http.tokens import TokenRefused, Tokens
from interfaces.settings import load_settings, signing_secret
from tests.api.world import OTHER, TRADER


@pytest.fixture(autouse=True)
def _own_directory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in list(os.environ):
        if name in {"DATABASE_URL", "REDIS_URL"} or name.startswith("DYNASTY_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("DYNASTY_DATA_DIR", str(tmp_path))


def printed(*arguments: str) -> str:
    """What the command prints."""
    app = typer.Typer()
    app.command("token")(token)
    result = CliRunner().invoke(app, list(arguments))
    if result.exception:
        raise result.exception
    return result.stdout.strip()


def tokens() -> Tokens:
    """What the API of the same settings checks tokens with."""
    return Tokens(signing_secret(load_settings()))


class TestToken:
    def test_is_accepted_by_the_api_of_the_same_directory(self) -> None:
        principal = tokens().check(printed("--role", "admin"), at=datetime.now(UTC))
        assert principal.role == "admin"
        assert principal.actor.startswith("admin:")

    def test_names_its_traders_with_or_without_prefix(self) -> None:
        text = printed(
            "--role", "trader", "--trader", str(TRADER), "--trader", f"trader_{OTHER}",
            "--subject", "bob@example.com",
        )  # fmt: skip
        principal = tokens().check(text, at=datetime.now(UTC))
        assert principal.traders == {TRADER, OTHER}
        assert principal.actor == "trader:bob@example.com"

    def test_lives_as_long_as_it_was_told(self) -> None:
        text = printed("--role", "support", "--lifetime", "60")
        now = datetime.now(UTC)
        assert tokens().check(text, at=now + timedelta(seconds=50)).role == "support"
        with pytest.raises(TokenRefused):
            tokens().check(text, at=now + timedelta(seconds=120))


@pytest.mark.parametrize(
    ("role", "traders", "subject", "refusal"),
    [
        ("trader", [], None, TraderMissing),
        ("admin", [str(TRADER)], None, TraderMissing),
        ("owner", [], None, TokenNotIssued),
        ("trader", ["seven"], None, TokenNotIssued),
        ("admin", [], "two words", TokenNotIssued),
        ("admin", [], "x" * 101, TokenNotIssued),
    ],
)
def test_refuses_a_token_that_makes_no_sense(
    role: str, traders: list[str], subject: str | None, refusal: type[DomainError]
) -> None:
    with pytest.raises(refusal):
        principal_for(role=role, traders=traders, subject=subject)
