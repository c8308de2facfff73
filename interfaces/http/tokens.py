"""Bearer tokens: who calls, in which role, for which traders. JWT signed with HS256."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Self
from uuid import UUID

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator

from domain.errors import DomainError
from interfaces.http.permissions import Role

ISSUER: Final = "dynasty-ledger"
AUDIENCE: Final = "dynasty-ledger-api"
TRADERS_MAX: Final = 50
CLOCK_SKEW_SECONDS: Final = 30
_ALGORITHMS: Final = ["HS256"]
_LENGTH_MAX: Final = 8192


class TokenRefused(DomainError):
    """The bearer token is not one of ours, is damaged, or has expired."""

    code = "token-refused"


class Principal(BaseModel):
    """Who calls. A trader has the identifiers of the traders it may see; staff has none."""

    model_config = ConfigDict(frozen=True)

    subject: str = Field(alias="sub", pattern=r"^[A-Za-z0-9._@:-]{1,100}$")
    role: Role
    traders: frozenset[UUID] = Field(alias="trader", default=frozenset(), max_length=TRADERS_MAX)

    @model_validator(mode="after")
    def _only_traders_have_traders(self) -> Self:
        if (self.role == "trader") != bool(self.traders):
            raise ValueError("a trader's token names its traders, any other token names none")
        return self

    @property
    def actor(self) -> str:
        """The name under which the log remembers what was done."""
        return f"{self.role}:{self.subject}"

    def sees(self, trader_id: UUID) -> bool:
        """Whether the accounts of this trader exist for the caller."""
        return self.role != "trader" or trader_id in self.traders


@dataclass(frozen=True, slots=True)
class Tokens:
    """Issues and checks tokens with one secret."""

    secret: SecretStr

    def issue(self, principal: Principal, *, at: datetime, lifetime: timedelta) -> str:
        """A token that is accepted from `at` for `lifetime`."""
        claims: dict[str, Any] = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": principal.subject,
            "role": principal.role,
            "iat": int(at.timestamp()),
            "exp": int((at + lifetime).timestamp()),
        }
        if principal.traders:
            claims["trader"] = sorted(str(each) for each in principal.traders)
        return jwt.encode({"alg": "HS256"}, claims, self._key(), algorithms=_ALGORITHMS)

    def check(self, token: str, *, at: datetime) -> Principal:
        """Who the token speaks for. Refuses with TokenRefused; the sentence names no secret."""
        try:
            claims = jwt.decode(token[:_LENGTH_MAX], self._key(), algorithms=_ALGORITHMS).claims
            registry = jwt.JWTClaimsRegistry(
                now=int(at.timestamp()),
                leeway=CLOCK_SKEW_SECONDS,
                iss={"essential": True, "value": ISSUER},
                aud={"essential": True, "value": AUDIENCE},
                sub={"essential": True},
                iat={"essential": True},
                exp={"essential": True},
            )
            registry.validate(claims)
            return Principal.model_validate(claims)
        except (JoseError, ValidationError, ValueError, TypeError) as fault:
            raise TokenRefused(
                "The bearer token is not accepted: it is not ours, is damaged, or has expired."
                " Ask for a new one."
            ) from fault

    def _key(self) -> OctKey:
        return OctKey.import_key(self.secret.get_secret_value())
