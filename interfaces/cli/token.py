"""`dynasty token`: a bearer token for the API, signed with the configured or the kept secret."""

from __future__ import annotations

import getpass
import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final
from uuid import UUID

import typer
from pydantic import ValidationError

from domain.errors import DomainError
from interfaces.http.permissions import ROLES
from interfaces.http.tokens import Principal, Tokens
from interfaces.settings import load_settings, signing_secret

LIFETIME_SECONDS_MAX: Final = 2_592_000
_NOT_A_SUBJECT: Final = re.compile(r"[^A-Za-z0-9._@:-]")


class TraderMissing(DomainError):
    """A trader's token names the traders it may see; a token of staff names none."""

    code = "trader-missing"


class TokenNotIssued(DomainError):
    """A token was asked for with a role, subject or trader that no token can have."""

    code = "token-not-issued"


def token(
    *,
    role: Annotated[str, typer.Option(help="trader, support, admin, compliance or operator")],
    trader: Annotated[
        list[str] | None,
        typer.Option(help="A trader's UUID, with or without `trader_`; once for each trader"),
    ] = None,
    subject: Annotated[
        str | None, typer.Option(help="Who it is; the audit trail shows it. Default: you")
    ] = None,
    lifetime: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=LIFETIME_SECONDS_MAX,
            help="Seconds until it expires. Default: DYNASTY_TOKEN_LIFETIME_SECONDS",
        ),
    ] = None,
) -> None:
    """Print a bearer token for the API."""
    settings = load_settings()
    principal = principal_for(role=role, traders=trader or [], subject=subject)
    issued = Tokens(signing_secret(settings)).issue(
        principal,
        at=datetime.now(UTC),
        lifetime=timedelta(seconds=lifetime or settings.token_lifetime_seconds),
    )
    typer.echo(issued)


def principal_for(*, role: str, traders: list[str], subject: str | None) -> Principal:
    """Who a token is for. Refuses with TokenNotIssued or TraderMissing."""
    if role not in ROLES:
        raise TokenNotIssued(f"There is no role {role!r}; it is one of {', '.join(sorted(ROLES))}.")
    if (role == "trader") != bool(traders):
        raise TraderMissing(
            "A token of the role trader needs at least one --trader; other roles see every trader"
            " and take none."
        )
    name = subject or _NOT_A_SUBJECT.sub("-", getpass.getuser())
    try:
        seen = {UUID(each.removeprefix("trader_")) for each in traders}
        return Principal.model_validate({"sub": name, "role": role, "trader": seen})
    except (ValidationError, ValueError) as fault:
        raise TokenNotIssued(
            "Give each trader as a UUID, at most 50 of them, and a subject of 1 to 100 letters,"
            " digits, or . _ @ : -."
        ) from fault
