"""Bearer tokens for tests and benchmarks, signed like any other."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from pydantic import SecretStr

from interfaces.cli.token import principal_for
from interfaces.http.tokens import Tokens


def bearer(secret: SecretStr, *, role: str, traders: tuple[str, ...] = ()) -> dict[str, str]:
    """The header of a caller with this role."""
    principal = principal_for(role=role, traders=list(traders), subject="test")
    issued = Tokens(secret).issue(principal, at=datetime.now(UTC), lifetime=timedelta(minutes=30))
    return {"Authorization": f"Bearer {issued}"}
